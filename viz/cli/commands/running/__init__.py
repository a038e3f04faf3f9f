"""Run programs from the command line: on a device, on all of them, or a race step by step."""

"""The device Python: a program as our own codegen writes it, run within a limit."""

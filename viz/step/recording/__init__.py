"""Record the run of a Python program step by step, and retell it."""

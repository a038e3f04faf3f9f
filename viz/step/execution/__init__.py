"""Running programs of the Python codegen, with a limit and with watched elements."""

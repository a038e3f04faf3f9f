"""The second engine: answer with the TVM of 2024, in a process whose ``tvm`` is of that time."""

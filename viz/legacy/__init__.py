"""The engine for a TVM of 2024: runs only in a process whose ``tvm`` is of that generation."""

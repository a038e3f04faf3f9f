"""Run every stage of a pipeline by the Python codegen, and find the first pass that is wrong."""

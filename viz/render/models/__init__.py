"""Draw whole models: the graph of their calls, the table of their kernels."""

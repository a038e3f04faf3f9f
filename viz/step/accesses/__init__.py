"""Run kernels of a stage for all threads of some blocks at once, and count their accesses."""

"""Describe the kernels of a program of Relax and the calls of them, as plain data."""

"""Frames of the tab Model: calls folded by layer, their graph, the kernels."""

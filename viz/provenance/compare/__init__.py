"""Pair what two programs have: lines, nodes, emitted texts, and what the kernels cost."""

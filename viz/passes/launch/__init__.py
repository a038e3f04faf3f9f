"""Say before anything is built whether a GPU can launch a program's kernels, and mend it."""

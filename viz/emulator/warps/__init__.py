"""Write kernels of a CUDA text as C++ that runs a warp as one value.

Lanes are the elements of vectors, branches are masks, shuffles are permutations.

``grammar`` parses the text, ``parsing`` makes a ``tree`` of each function, ``uniform`` finds what
differs from lane to lane, ``expressions`` and ``statements`` write it, and ``form`` chooses how
each kernel runs.
"""

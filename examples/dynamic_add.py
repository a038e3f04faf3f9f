"""Add two vectors of a length known only when run.

The extent `n` is a variable, taken from the shapes of the arguments: the host code checks that
all three agree, and the GPU launch computes its number of blocks from it. Find the guard that
keeps the last block from writing past the end.
"""
from tvm.script import ir as I
from tvm.script import tirx as T

SIZES = {"n": 1000}


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(a: T.handle, b: T.handle, c: T.handle):
        T.func_attr({"tirx.noalias": True})
        n = T.int32()
        A = T.match_buffer(a, (n,), "float32")
        B = T.match_buffer(b, (n,), "float32")
        C = T.match_buffer(c, (n,), "float32")
        for i in range(n):
            with T.sblock("add"):
                vi = T.axis.spatial(n, i)
                C[vi] = A[vi] + B[vi]


def reference(A, B):
    return A + B

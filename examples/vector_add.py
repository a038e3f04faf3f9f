"""Add two vectors.

One loop, one block, no reduction: every iteration can run on its own. On a CPU target the loop
stays a loop; for a GPU the schedule splits it into blockIdx.x and threadIdx.x, and the loop is
gone from the kernel's text. Look for where its variable went.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        A: T.Buffer((4096,), "float32"),
        B: T.Buffer((4096,), "float32"),
        C: T.Buffer((4096,), "float32"),
    ):
        T.func_attr({"tirx.noalias": True})
        for i in range(4096):
            with T.sblock("add"):
                vi = T.axis.spatial(4096, i)
                C[vi] = A[vi] + B[vi]


def reference(A, B):
    return A + B

"""Multiply two matrices.

Two spatial axes and one reduction axis: "SSR". The T.init block sets C to zero before the first
step of k, and a lowering pass turns it into an ordinary store. Compare the three plain loops of
the C source with the CUDA source, where the schedule has made tiles in shared memory out of the
same block.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        A: T.Buffer((128, 128), "float32"),
        B: T.Buffer((128, 128), "float32"),
        C: T.Buffer((128, 128), "float32"),
    ):
        T.func_attr({"tirx.noalias": True})
        for i, j, k in T.grid(128, 128, 128):
            with T.sblock("C"):
                vi, vj, vk = T.axis.remap("SSR", [i, j, k])
                with T.init():
                    C[vi, vj] = T.float32(0)
                C[vi, vj] = C[vi, vj] + A[vi, vk] * B[vk, vj]


def reference(A, B):
    return A @ B

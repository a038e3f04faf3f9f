"""Batched matmul of float16 inputs, added up in float32.

Half-precision numbers are cheap to move but poor to add, so each product is cast to float32
first: look for the two Cast nodes and for the type names in the sources (half, f16, __half).
The batch is one spatial axis more. Its extents are too small for tensor cores to be used by the
default schedule.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        A: T.Buffer((4, 64, 64), "float16"),
        B: T.Buffer((4, 64, 64), "float16"),
        C: T.Buffer((4, 64, 64), "float32"),
    ):
        T.func_attr({"tirx.noalias": True})
        for b, i, j, k in T.grid(4, 64, 64, 64):
            with T.sblock("C"):
                vb, vi, vj, vk = T.axis.remap("SSSR", [b, i, j, k])
                with T.init():
                    C[vb, vi, vj] = T.float32(0)
                C[vb, vi, vj] = C[vb, vi, vj] + T.Cast("float32", A[vb, vi, vk]) * T.Cast(
                    "float32", B[vb, vk, vj]
                )


def reference(A, B):
    return A.astype("float32") @ B.astype("float32")

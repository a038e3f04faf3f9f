"""Add a bias to every row, then cut at zero.

Two blocks, the first writing a buffer that the second reads: what a graph compiler has after it
fused two operators. The GPU schedule inlines the first into the second and the buffer between
them is gone; the C source still fills it. Compare the two.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        X: T.Buffer((64, 128), "float32"),
        bias: T.Buffer((128,), "float32"),
        Y: T.Buffer((64, 128), "float32"),
    ):
        T.func_attr({"tirx.noalias": True})
        biased = T.sblock_alloc_buffer((64, 128), "float32")
        for i, j in T.grid(64, 128):
            with T.sblock("bias"):
                vi, vj = T.axis.remap("SS", [i, j])
                biased[vi, vj] = X[vi, vj] + bias[vj]
        for i, j in T.grid(64, 128):
            with T.sblock("relu"):
                vi, vj = T.axis.remap("SS", [i, j])
                Y[vi, vj] = T.max(biased[vi, vj], T.float32(0))


def reference(X, bias):
    return np.maximum(X + bias, 0)

"""A module with two functions.

An IRModule maps names to functions: here a dense layer (main) and the activation that follows
it (silu). Each is lowered by itself, and each has its own entry in the source text; on a GPU
each becomes a kernel. The reference below is that of main.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        X: T.Buffer((32, 64), "float32"),
        W: T.Buffer((96, 64), "float32"),
        Y: T.Buffer((32, 96), "float32"),
    ):
        T.func_attr({"tirx.noalias": True})
        for i, j, k in T.grid(32, 96, 64):
            with T.sblock("dense"):
                vi, vj, vk = T.axis.remap("SSR", [i, j, k])
                with T.init():
                    Y[vi, vj] = T.float32(0)
                Y[vi, vj] = Y[vi, vj] + X[vi, vk] * W[vj, vk]

    @T.prim_func(s_tir=True)
    def silu(Y: T.Buffer((32, 96), "float32"), Z: T.Buffer((32, 96), "float32")):
        T.func_attr({"tirx.noalias": True})
        for i, j in T.grid(32, 96):
            with T.sblock("silu"):
                vi, vj = T.axis.remap("SS", [i, j])
                Z[vi, vj] = Y[vi, vj] * T.sigmoid(Y[vi, vj])


def reference(X, W):
    return X @ W.T

"""GELU, the activation of GPT-2.

A tree of calls and multiplications for each element, in the tanh approximation. T.tanh is one
Call node that every target spells differently, and the repeated X[vi] is loaded anew or kept,
as the passes decide: follow the shared parts of the expression through common-subexpression
elimination.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(X: T.Buffer((1024,), "float32"), Y: T.Buffer((1024,), "float32")):
        T.func_attr({"tirx.noalias": True})
        for i in range(1024):
            with T.sblock("gelu"):
                vi = T.axis.spatial(1024, i)
                Y[vi] = (
                    T.float32(0.5)
                    * X[vi]
                    * (
                        T.float32(1)
                        + T.tanh(
                            T.float32(0.7978845608)
                            * (X[vi] + T.float32(0.044715) * X[vi] * X[vi] * X[vi])
                        )
                    )
                )


def reference(X):
    return 0.5 * X * (1 + np.tanh(np.float32(0.7978845608) * (X + np.float32(0.044715) * X**3)))

"""Sum the rows of a matrix.

One spatial and one reduction axis. A CPU adds from left to right; a GPU lets many threads add
parts of a row and then adds the parts, so the same block becomes an all-reduce between threads.
The order of the additions differs, and so may the last digits of the result.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(A: T.Buffer((64, 512), "float32"), S: T.Buffer((64,), "float32")):
        T.func_attr({"tirx.noalias": True})
        for i, k in T.grid(64, 512):
            with T.sblock("sum"):
                vi, vk = T.axis.remap("SR", [i, k])
                with T.init():
                    S[vi] = T.float32(0)
                S[vi] = S[vi] + A[vi, vk]


def reference(A):
    return A.sum(axis=1, dtype="float64").astype("float32")

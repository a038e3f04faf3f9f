"""Softmax over the rows of a matrix.

Four blocks in a row: maximum, exponential, sum, division; two of them reduce. The maximum
starts from T.min_value, the identity of max, and is taken off so that the exponential cannot
overflow. On a GPU one thread block does a whole row, and the reductions become shuffles between
threads.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(A: T.Buffer((64, 256), "float32"), O: T.Buffer((64, 256), "float32")):
        T.func_attr({"tirx.noalias": True})
        row_max = T.sblock_alloc_buffer((64,), "float32")
        row_exp = T.sblock_alloc_buffer((64, 256), "float32")
        row_sum = T.sblock_alloc_buffer((64,), "float32")
        for i, k in T.grid(64, 256):
            with T.sblock("max"):
                vi, vk = T.axis.remap("SR", [i, k])
                with T.init():
                    row_max[vi] = T.min_value("float32")
                row_max[vi] = T.max(row_max[vi], A[vi, vk])
        for i, k in T.grid(64, 256):
            with T.sblock("exp"):
                vi, vk = T.axis.remap("SS", [i, k])
                row_exp[vi, vk] = T.exp(A[vi, vk] - row_max[vi])
        for i, k in T.grid(64, 256):
            with T.sblock("sum"):
                vi, vk = T.axis.remap("SR", [i, k])
                with T.init():
                    row_sum[vi] = T.float32(0)
                row_sum[vi] = row_sum[vi] + row_exp[vi, vk]
        for i, k in T.grid(64, 256):
            with T.sblock("divide"):
                vi, vk = T.axis.remap("SS", [i, k])
                O[vi, vk] = row_exp[vi, vk] / row_sum[vi]


def reference(A):
    e = np.exp(A - A.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

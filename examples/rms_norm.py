"""Normalise the rows of a matrix by their root mean square.

The norm in front of every layer of a Llama-like language model. One block sums the squares of a
row, the next scales the row by the root of their mean and a learnt weight. Look at T.rsqrt:
each target spells the inverse square root its own way.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        A: T.Buffer((32, 512), "float32"),
        W: T.Buffer((512,), "float32"),
        O: T.Buffer((32, 512), "float32"),
    ):
        T.func_attr({"tirx.noalias": True})
        square_sum = T.sblock_alloc_buffer((32,), "float32")
        for i, k in T.grid(32, 512):
            with T.sblock("square_sum"):
                vi, vk = T.axis.remap("SR", [i, k])
                with T.init():
                    square_sum[vi] = T.float32(0)
                square_sum[vi] = square_sum[vi] + A[vi, vk] * A[vi, vk]
        for i, k in T.grid(32, 512):
            with T.sblock("scale"):
                vi, vk = T.axis.remap("SS", [i, k])
                O[vi, vk] = (
                    A[vi, vk]
                    * T.rsqrt(square_sum[vi] / T.float32(512) + T.float32(1e-5))
                    * W[vk]
                )


def reference(A, W):
    mean_square = (A.astype("float64") ** 2).mean(axis=1, keepdims=True)
    return (A / np.sqrt(mean_square + 1e-5) * W).astype("float32")

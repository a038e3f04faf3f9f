"""The largest element of each row, and where it is.

A reduction over pairs: value and index are reduced together in one block that writes two
buffers, and both are results. Both T.Select nodes ask the same question of the values, so the
index goes with its value. new_where and new_largest are Bind nodes: names for a value that is
computed once.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        A: T.Buffer((64, 256), "float32"),
        where: T.Buffer((64,), "int32"),
        largest: T.Buffer((64,), "float32"),
    ):
        T.func_attr({"tirx.noalias": True})
        for i, k in T.grid(64, 256):
            with T.sblock("argmax"):
                vi, vk = T.axis.remap("SR", [i, k])
                with T.init():
                    where[vi] = -1
                    largest[vi] = T.min_value("float32")
                new_where: T.let[T.int32] = T.Select(largest[vi] >= A[vi, vk], where[vi], vk)
                new_largest: T.let[T.float32] = T.Select(
                    largest[vi] >= A[vi, vk], largest[vi], A[vi, vk]
                )
                where[vi] = new_where
                largest[vi] = new_largest


def reference(A):
    return A.argmax(axis=1).astype("int32"), A.max(axis=1)

"""Look up the vectors of some tokens.

The first layer of a language model: the row of the table to read is itself read from a buffer.
An index that is a load inside a load is a gather; nothing in the program says that the ids are
in range, so neither does the source text.
"""
from tvm.script import ir as I
from tvm.script import tirx as T

RANGES = {"ids": (0, 100)}


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        ids: T.Buffer((16,), "int32"),
        table: T.Buffer((100, 64), "float32"),
        O: T.Buffer((16, 64), "float32"),
    ):
        T.func_attr({"tirx.noalias": True})
        for i, j in T.grid(16, 64):
            with T.sblock("gather"):
                vi, vj = T.axis.remap("SS", [i, j])
                O[vi, vj] = table[ids[vi], vj]


def reference(ids, table):
    return table[ids]

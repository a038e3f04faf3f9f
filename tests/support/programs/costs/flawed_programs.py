"""Programs that the flawed kernels are made of."""

SCHEDULED = """from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(A: T.Buffer((128, 128), "float32"), B: T.Buffer((128, 128), "float32")):
        T.func_attr({"tirx.noalias": True})
        for i, j in T.grid(128, 128):
            with T.sblock("B"):
                vi, vj = T.axis.remap("SS", [i, j])
                B[vi, vj] = A[%s]


def reference(A):
    return A%s


sch = tvm.s_tir.Schedule(Module)
block = sch.get_sblock("B")
i, j = sch.get_loops(block)
%s"""

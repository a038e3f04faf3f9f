"""Double what is below five, copy the rest.

The decision of if_double with its other half, and with a second buffer for the result, so that
every iteration stands on its own and the loop can be bound to GPU threads. The If node now has
two branches; on a GPU, neighbouring threads may take different ones.
"""
from tvm.script import ir as I
from tvm.script import tirx as T

RANGES = {"x": (0, 10)}


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(x: T.Buffer((256,), "int32"), y: T.Buffer((256,), "int32")):
        T.func_attr({"tirx.noalias": True})
        for i in range(256):
            with T.sblock("choose"):
                vi = T.axis.spatial(256, i)
                if x[vi] < 5:
                    y[vi] = x[vi] * 2
                else:
                    y[vi] = x[vi]


def reference(x):
    return np.where(x < 5, x * 2, x)

"""Double what is below five, in place.

The smallest tree with a decision in it: `if x < 5: x = x * 2`, once for each element of a
buffer. Find the condition, the store and the multiplication below the If node, then see how
each target writes the same three. The buffer is both input and output. There is no block here,
so the default GPU schedule finds nothing to bind to threads: CPU targets only, if_else has the
GPU's version.
"""
from tvm.script import ir as I
from tvm.script import tirx as T

RANGES = {"x": (0, 10)}


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(x: T.Buffer((32,), "int32")):
        T.func_attr({"tirx.noalias": True})
        for i in range(32):
            if x[i] < 5:
                x[i] = x[i] * 2


def reference(x):
    return np.where(x < 5, x * 2, x)

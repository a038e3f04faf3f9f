"""Parallel, unrolled and vectorised loops.

Brighten an image of 32 rows, 3 colours and 16 columns. The kind of a loop says how it may run:
T.parallel hands rows to the thread pool, T.unroll is written out colour by colour, T.vectorized
computes 16 columns at once (Ramp and Broadcast nodes). Watch each disappear in its own pass.
LLVM runs it; the C source shows the vectors as float16, OpenCL's name for 16 floats, which a C
compiler does not know. The GPU schedule makes threads of all three loops.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(X: T.Buffer((32, 3, 16), "float32"), Y: T.Buffer((32, 3, 16), "float32")):
        T.func_attr({"tirx.noalias": True})
        for row in T.parallel(32):
            for colour in T.unroll(3):
                for column in T.vectorized(16):
                    with T.sblock("brighten"):
                        vr, vc, vx = T.axis.remap("SSS", [row, colour, column])
                        Y[vr, vc, vx] = T.min(
                            X[vr, vc, vx] * T.float32(1.5) + T.float32(0.25), T.float32(1)
                        )


def reference(X):
    return np.minimum(X * np.float32(1.5) + np.float32(0.25), np.float32(1))

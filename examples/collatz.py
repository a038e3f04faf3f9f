"""Count the steps from a number down to one.

Halve an even number, take three times an odd one plus one, until it is 1. A While node: how
often the loop runs depends on the data, so no pass can unroll it or bind it to threads. `x` and
`count` are one-element local buffers, TensorIR's way to write variables that change.
"""
from tvm.script import ir as I
from tvm.script import tirx as T

RANGES = {"N": (1, 1000)}


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(N: T.Buffer((256,), "int32"), steps: T.Buffer((256,), "int32")):
        T.func_attr({"tirx.noalias": True})
        for i in range(256):
            with T.sblock("count"):
                vi = T.axis.spatial(256, i)
                x = T.sblock_alloc_buffer((1,), "int32", scope="local")
                count = T.sblock_alloc_buffer((1,), "int32", scope="local")
                x[0] = N[vi]
                count[0] = 0
                while x[0] > 1:
                    if x[0] % 2 == 0:
                        x[0] = x[0] // 2
                    else:
                        x[0] = x[0] * 3 + 1
                    count[0] = count[0] + 1
                steps[vi] = count[0]


def reference(N):
    steps = np.zeros_like(N)
    while (N > 1).any():
        steps += N > 1
        N = np.where(N > 1, np.where(N % 2 == 0, N // 2, 3 * N + 1), N)
    return steps

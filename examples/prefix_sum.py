"""Running sums of the rows of a matrix.

Each sum needs the one before it, so the inner loop must run in order; only the rows are
independent. The block says so: the row is a spatial axis, and the loop along it stays inside
the block. On a GPU one thread does one row. `running` is a one-element local buffer, TensorIR's
way to write a variable that changes.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(A: T.Buffer((64, 128), "float32"), S: T.Buffer((64, 128), "float32")):
        T.func_attr({"tirx.noalias": True})
        for i in range(64):
            with T.sblock("row"):
                vi = T.axis.spatial(64, i)
                running = T.sblock_alloc_buffer((1,), "float32", scope="local")
                running[0] = T.float32(0)
                for j in range(128):
                    running[0] = running[0] + A[vi, j]
                    S[vi, j] = running[0]


def reference(A):
    return np.cumsum(A, axis=1, dtype="float64").astype("float32")

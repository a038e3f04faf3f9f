"""Transpose a matrix through shared memory.

Neighbouring threads should touch neighbouring addresses in reading and in writing, so a 32 by
32 tile is read by rows, kept in shared memory, and written by rows of the result.
buffer_dim_align pads each row of the tile to 33 elements, which puts a column into 32 different
memory banks: look for 33 in the CUDA source. GPU targets only: a CPU has no blockIdx to bind.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(A: T.Buffer((128, 128), "float32"), B: T.Buffer((128, 128), "float32")):
        T.func_attr({"tirx.noalias": True})
        tile = T.sblock_alloc_buffer((128, 128), "float32", scope="shared")
        for by in T.thread_binding(4, thread="blockIdx.y"):
            for bx in T.thread_binding(4, thread="blockIdx.x"):
                for ty in T.thread_binding(8, thread="threadIdx.y"):
                    for tx in T.thread_binding(32, thread="threadIdx.x"):
                        for step in range(4):
                            with T.sblock("read_rows"):
                                vi = T.axis.spatial(128, by * 32 + step * 8 + ty)
                                vj = T.axis.spatial(128, bx * 32 + tx)
                                T.sblock_attr({"buffer_dim_align": [[0, 0, 32, 1]]})
                                tile[vi, vj] = A[vi, vj]
                        for step in range(4):
                            with T.sblock("write_rows"):
                                vj = T.axis.spatial(128, bx * 32 + step * 8 + ty)
                                vi = T.axis.spatial(128, by * 32 + tx)
                                B[vj, vi] = tile[vi, vj]


def reference(A):
    return A.T


TARGETS = ("cuda", "opencl")

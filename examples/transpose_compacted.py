"""Pad a shared tile in vain.

The transpose of transpose_shared, with a tile declared as 32 rows of 33 elements, the way one pads
it in CUDA. But the column at the end is never touched, so CompactBufferAllocation takes it away:
look for the tile in the CUDA source, it is 32 by 32 again, and the 32 threads of a warp that read a
column all want the same memory bank. buffer_dim_align, or storage_align in a schedule as in
transpose_aligned, says what is meant and is kept. GPU targets only: a CPU has no blockIdx to bind.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(A: T.Buffer((128, 128), "float32"), B: T.Buffer((128, 128), "float32")):
        T.func_attr({"tirx.noalias": True})
        tile = T.sblock_alloc_buffer((32, 33), "float32", scope="shared")
        for by in T.thread_binding(4, thread="blockIdx.y"):
            for bx in T.thread_binding(4, thread="blockIdx.x"):
                for ty in T.thread_binding(8, thread="threadIdx.y"):
                    for tx in T.thread_binding(32, thread="threadIdx.x"):
                        for step in range(4):
                            with T.sblock("read_rows"):
                                vi = T.axis.spatial(128, by * 32 + step * 8 + ty)
                                vj = T.axis.spatial(128, bx * 32 + tx)
                                tile[vi % 32, vj % 32] = A[vi, vj]
                        for step in range(4):
                            with T.sblock("write_rows"):
                                vj = T.axis.spatial(128, bx * 32 + step * 8 + ty)
                                vi = T.axis.spatial(128, by * 32 + tx)
                                B[vj, vi] = tile[vi % 32, vj % 32]


def reference(A):
    return A.T


TARGETS = ("cuda", "opencl")

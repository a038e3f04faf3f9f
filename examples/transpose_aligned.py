"""Pad a shared tile by a schedule.

The plain loops say what a transpose is; the steps below them make a kernel of it: tiles, threads, a
copy of each tile in shared memory. The last step asks for rows that begin one element after a
multiple of 32, so a column stands in 32 different memory banks: look for 33 in the CUDA source.
Switch that step off and run again. A tile that is only declared wider loses the padding:
see transpose_compacted.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(A: T.Buffer((128, 128), "float32"), B: T.Buffer((128, 128), "float32")):
        T.func_attr({"tirx.noalias": True})
        for i, j in T.grid(128, 128):
            with T.sblock("B"):
                vi, vj = T.axis.remap("SS", [i, j])
                B[vi, vj] = A[vj, vi]


def schedule(sch):
    b = sch.get_sblock("B")
    i, j = sch.get_loops(b)
    by, i1, ty = sch.split(i, factors=[None, 4, 8])
    bx, tx = sch.split(j, factors=[None, 32])
    sch.reorder(by, bx, i1, ty, tx)
    sch.bind(by, "blockIdx.y")
    sch.bind(bx, "blockIdx.x")
    sch.bind(ty, "threadIdx.y")
    sch.bind(tx, "threadIdx.x")
    tile = sch.cache_read(b, 0, "shared")
    sch.compute_at(tile, bx)
    rows, columns = sch.get_loops(tile)[2:]
    step, rows1 = sch.split(rows, factors=[4, 8])
    sch.bind(rows1, "threadIdx.y")
    sch.bind(columns, "threadIdx.x")
    sch.storage_align(tile, 0, axis=0, factor=32, offset=1)


def reference(A):
    return A.T

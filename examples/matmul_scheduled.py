"""Schedule a matmul by hand.

The program is the three loops of matmul; the steps below it turn them into a kernel for a GPU, as
dlight does by rule. Each thread owns 4 by 4 elements of C in registers; a block of 16 by 16 threads
goes through k in tiles of 16, which it fetches into shared memory together. Follow the steps in the
tab Schedule, or with tirscope schedule: each is a stage before the passes, with its own tree.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        A: T.Buffer((128, 128), "float32"),
        B: T.Buffer((128, 128), "float32"),
        C: T.Buffer((128, 128), "float32"),
    ):
        T.func_attr({"tirx.noalias": True})
        for i, j, k in T.grid(128, 128, 128):
            with T.sblock("C"):
                vi, vj, vk = T.axis.remap("SSR", [i, j, k])
                with T.init():
                    C[vi, vj] = T.float32(0)
                C[vi, vj] = C[vi, vj] + A[vi, vk] * B[vk, vj]


def schedule(sch):
    b = sch.get_sblock("C")
    i, j, k = sch.get_loops(b)
    # Blocks of 64 by 64 elements, threads of 4 by 4, tiles of 16 along k.
    by, ty, i1 = sch.split(i, factors=[None, 16, 4])
    bx, tx, j1 = sch.split(j, factors=[None, 16, 4])
    k0, k1 = sch.split(k, factors=[None, 16])
    sch.reorder(by, bx, ty, tx, k0, k1, i1, j1)
    sch.bind(by, "blockIdx.y")
    sch.bind(bx, "blockIdx.x")
    sch.bind(ty, "threadIdx.y")
    sch.bind(tx, "threadIdx.x")
    # A thread adds up in registers, and stores once at its end.
    acc = sch.cache_write(b, 0, "local")
    sch.reverse_compute_at(acc, tx)
    # All threads fetch the two tiles of a round together, four neighbouring elements each.
    a_tile = sch.cache_read(b, 0, "shared")
    sch.compute_at(a_tile, k0)
    a = sch.fuse(*sch.get_loops(a_tile)[5:])
    a_ty, a_tx, a_vec = sch.split(a, factors=[16, 16, 4])
    sch.bind(a_ty, "threadIdx.y")
    sch.bind(a_tx, "threadIdx.x")
    sch.vectorize(a_vec)
    b_tile = sch.cache_read(b, 1, "shared")
    sch.compute_at(b_tile, k0)
    f = sch.fuse(*sch.get_loops(b_tile)[5:])
    b_ty, b_tx, b_vec = sch.split(f, factors=[16, 16, 4])
    sch.bind(b_ty, "threadIdx.y")
    sch.bind(b_tx, "threadIdx.x")
    sch.vectorize(b_vec)
    # Zero comes before the rounds, and the small loops are written out.
    sch.decompose_reduction(b, k0)
    sch.unroll(i1)
    sch.unroll(j1)


def reference(A, B):
    return A @ B

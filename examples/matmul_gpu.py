"""Multiply two matrices in shared memory tiles.

A GPU matmul scheduled by hand: 8 by 8 thread blocks of 16 by 16 threads, and each thread owns
one element of C. In every step of kt each thread fetches one element of A and one of B; the
others read it from shared memory. A pass shrinks the shared buffers from 128 by 128 to one 16
by 16 tile, another writes the barriers that nobody wrote here: find __syncthreads in the CUDA
source. GPU targets only: a CPU has no blockIdx to bind.
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
        A_shared = T.sblock_alloc_buffer((128, 128), "float32", scope="shared")
        B_shared = T.sblock_alloc_buffer((128, 128), "float32", scope="shared")
        C_local = T.sblock_alloc_buffer((128, 128), "float32", scope="local")
        for by in T.thread_binding(8, thread="blockIdx.y"):
            for bx in T.thread_binding(8, thread="blockIdx.x"):
                for ty in T.thread_binding(16, thread="threadIdx.y"):
                    for tx in T.thread_binding(16, thread="threadIdx.x"):
                        with T.sblock("C_zero"):
                            vi = T.axis.spatial(128, by * 16 + ty)
                            vj = T.axis.spatial(128, bx * 16 + tx)
                            C_local[vi, vj] = T.float32(0)
                        for kt in range(8):
                            with T.sblock("A_fetch"):
                                vi = T.axis.spatial(128, by * 16 + ty)
                                vk = T.axis.spatial(128, kt * 16 + tx)
                                A_shared[vi, vk] = A[vi, vk]
                            with T.sblock("B_fetch"):
                                vk = T.axis.spatial(128, kt * 16 + ty)
                                vj = T.axis.spatial(128, bx * 16 + tx)
                                B_shared[vk, vj] = B[vk, vj]
                            for ki in range(16):
                                with T.sblock("C_update"):
                                    vi = T.axis.spatial(128, by * 16 + ty)
                                    vj = T.axis.spatial(128, bx * 16 + tx)
                                    vk = T.axis.reduce(128, kt * 16 + ki)
                                    C_local[vi, vj] = (
                                        C_local[vi, vj] + A_shared[vi, vk] * B_shared[vk, vj]
                                    )
                        with T.sblock("C_store"):
                            vi = T.axis.spatial(128, by * 16 + ty)
                            vj = T.axis.spatial(128, bx * 16 + tx)
                            C[vi, vj] = C_local[vi, vj]


def reference(A, B):
    return A @ B


TARGETS = ("cuda", "opencl")

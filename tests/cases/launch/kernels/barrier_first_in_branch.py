from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((128,), "float32"), B: T.Buffer((128,), "float32")):
    for bx in T.thread_binding(1, thread="blockIdx.x"):
        for tx in T.thread_binding(128, thread="threadIdx.x"):
            S = T.alloc_buffer((128,), "float32", scope="shared")
            S[tx] = A[tx]
            if tx % 2 == 0:
                T.tvm_storage_sync("shared")  # wrong: barrier-in-branch
                B[tx] = S[127 - tx]

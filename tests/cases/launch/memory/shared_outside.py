from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((128,), "float32"), B: T.Buffer((128,), "float32")):
    S = T.alloc_buffer((64,), "float32", scope="shared")  # wrong: buffer-outside-threads
    for bx in T.thread_binding(2, thread="blockIdx.x"):
        for tx in T.thread_binding(64, thread="threadIdx.x"):
            S[tx] = A[bx * 64 + tx]
            T.tvm_storage_sync("shared")
            B[bx * 64 + tx] = S[63 - tx]

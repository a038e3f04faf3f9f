from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((128, 128), "float32"), B: T.Buffer((128, 128), "float32")):
    for bx in T.thread_binding(1, thread="blockIdx.x"):
        for tx in T.thread_binding(128, thread="threadIdx.x"):
            A_shared = T.alloc_buffer((128, 128), "float32", scope="shared")  # wrong: too-much-shared
            for i in range(128):
                A_shared[i, tx] = A[i, tx]
            T.tvm_storage_sync("shared")
            for i in range(128):
                B[tx, i] = A_shared[tx, i]

from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    for tx in T.thread_binding(64, thread="threadIdx.X"):  # wrong: no-thread-index
        B[tx] = A[tx] + T.float32(1)

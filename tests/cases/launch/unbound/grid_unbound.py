from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((64, 32), "float32"), B: T.Buffer((64, 32), "float32")):
    for t in T.thread_binding(64, thread="threadIdx.x"):
        B[t, 0] = T.float32(0)
    for i, j in T.grid(64, 32):  # wrong: host-access-in-writes
        B[i, j] = A[i, j] + T.float32(1)

from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((16, 32), "float32"), B: T.Buffer((16, 32), "float32")):
    for i in T.thread_binding(16, thread="threadIdx.x"):
        for j in T.thread_binding(32, thread="threadIdx.x"):  # wrong: same-thread-twice
            B[i, j] = A[i, j] + T.float32(1)

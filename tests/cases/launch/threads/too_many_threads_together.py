from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((64, 32), "float32"), B: T.Buffer((64, 32), "float32")):
    for i in T.thread_binding(64, thread="threadIdx.y"):  # wrong: too-many-threads
        for j in T.thread_binding(32, thread="threadIdx.x"):
            B[i, j] = A[i, j] + T.float32(1)

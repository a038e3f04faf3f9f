from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((4096,), "float32"), B: T.Buffer((4096,), "float32")):
    for i in T.thread_binding(4096, thread="threadIdx.x"):  # wrong: too-many-threads
        B[i] = A[i] + T.float32(1)

from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((128,), "float32"), B: T.Buffer((128,), "float32")):
    for i in T.thread_binding(128, thread="threadIdx.z"):  # wrong: too-many-threads-along
        B[i] = A[i] + T.float32(1)

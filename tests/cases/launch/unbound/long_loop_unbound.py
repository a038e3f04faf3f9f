from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((100000,), "float32"), B: T.Buffer((100000,), "float32")):
    for t in T.thread_binding(64, thread="threadIdx.x"):
        B[t] = T.float32(0)
    for i in T.serial(100000):  # wrong: host-access-in-writes
        B[i] = A[i] + T.float32(1)

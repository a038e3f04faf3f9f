from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((64,), "float32"), C: T.Buffer((1,), "float32")):
    C[0] = T.float32(0)  # wrong: host-access-in-writes
    for i in T.thread_binding(64, thread="threadIdx.x"):
        A[i] = A[i] + T.float32(1)

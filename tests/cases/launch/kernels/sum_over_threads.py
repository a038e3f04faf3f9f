from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((128,), "float32"), C: T.Buffer((1,), "float32")):
    for tx in T.thread_binding(128, thread="threadIdx.x"):
        C[0] = C[0] + A[tx]  # wrong: reduction-over-threads

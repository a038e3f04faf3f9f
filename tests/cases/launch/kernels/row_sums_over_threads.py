from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((8, 128), "float32"), C: T.Buffer((8,), "float32")):
    for bx in T.thread_binding(8, thread="blockIdx.x"):
        for tx in T.thread_binding(128, thread="threadIdx.x"):
            C[bx] = C[bx] + A[bx, tx]  # wrong: reduction-over-threads

from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((257,), "float16"), B: T.Buffer((257,), "float16")):
    for tx in T.thread_binding(128, thread="threadIdx.x"):
        for v in T.vectorized(2):  # wrong: misaligned-vector
            B[tx * 2 + v + 1] = A[tx * 2 + v]

from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((640,), "float32"), B: T.Buffer((640,), "float32")):
    for tx in T.thread_binding(128, thread="threadIdx.x"):
        for v in T.vectorized(4):  # wrong: misaligned-vector
            B[tx * 5 + v] = A[tx * 5 + v] + T.float32(1)

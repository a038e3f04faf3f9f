from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    L = T.alloc_buffer((4,), "float32", scope="local")  # wrong: buffer-outside-threads
    for tx in T.thread_binding(64, thread="threadIdx.x"):
        for k in range(4):
            L[k] = A[tx] * T.Cast("float32", k)
        B[tx] = L[0] + L[3]

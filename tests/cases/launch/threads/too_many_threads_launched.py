from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((2048,), "float32"), B: T.Buffer((2048,), "float32")):
    tx = T.launch_thread("threadIdx.x", 2048)  # wrong: too-many-threads
    B[tx] = A[tx] + T.float32(1)

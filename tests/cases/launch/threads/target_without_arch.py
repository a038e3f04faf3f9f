from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    T.func_attr({"target": T.target("cuda")})  # wrong: target-without-arch
    for tx in T.thread_binding(64, thread="threadIdx.x"):
        B[tx] = A[tx] + T.float32(1)

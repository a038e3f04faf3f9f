from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((70000, 32), "float32"), B: T.Buffer((70000, 32), "float32")):
    for i in T.thread_binding(70000, thread="blockIdx.y"):  # wrong: too-many-blocks-along
        for j in T.thread_binding(32, thread="threadIdx.x"):
            B[i, j] = A[i, j] + T.float32(1)

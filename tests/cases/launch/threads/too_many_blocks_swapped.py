from tvm.script import tir as T

@T.prim_func
def f(A: T.Buffer((70000, 4, 32), "float32"), B: T.Buffer((70000, 4, 32), "float32")):
    for i in T.thread_binding(70000, thread="blockIdx.z"):  # wrong: too-many-blocks-along
        for k in T.thread_binding(4, thread="blockIdx.x"):
            for j in T.thread_binding(32, thread="threadIdx.x"):
                B[i, k, j] = A[i, k, j] + T.float32(1)

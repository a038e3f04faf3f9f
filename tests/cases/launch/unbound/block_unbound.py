from tvm.script import tir as T

@T.prim_func(s_tir=True)
def f(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32"), C: T.Buffer((64,), "float32")):
    for i in T.thread_binding(64, thread="threadIdx.x"):
        with T.sblock("B"):
            vi = T.axis.spatial(64, i)
            B[vi] = A[vi] + T.float32(1)
    for j in range(64):  # wrong: host-access-in-writes
        with T.sblock("C"):
            vj = T.axis.spatial(64, j)
            C[vj] = B[vj] * T.float32(2)

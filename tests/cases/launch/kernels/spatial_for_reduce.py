from tvm.script import tir as T

@T.prim_func(s_tir=True)
def f(A: T.Buffer((8, 128), "float32"), C: T.Buffer((8,), "float32")):
    for bx in T.thread_binding(8, thread="blockIdx.x"):
        for tx in T.thread_binding(128, thread="threadIdx.x"):
            with T.sblock("C"):
                vi = T.axis.spatial(8, bx)
                vk = T.axis.spatial(128, tx)
                with T.init():
                    C[vi] = T.float32(0)
                C[vi] = C[vi] + A[vi, vk]  # wrong: reduction-over-threads

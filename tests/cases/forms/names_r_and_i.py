from tvm.script import tir as T


@T.prim_func
def grey(R: T.Buffer((8,), "float32"), G: T.Buffer((8,), "float32"), I: T.Buffer((8,), "float32")):
    for i in range(8):
        I[i] = (R[i] + G[i]) * T.float32(0.5)

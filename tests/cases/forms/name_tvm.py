# Names of a temperature and its mean, by chance those of the compiler too.
from tvm.script import tir as T


@T.prim_func
def warp(tvm: T.Buffer((8,), "float32"), tvm_mean: T.Buffer((1,), "float32")):
    tvm_mean[0] = T.float32(0)
    for i in range(8):
        tvm_mean[0] = tvm_mean[0] + tvm[i] * T.float32(0.125)

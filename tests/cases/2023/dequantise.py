from tvm.script import ir as I
from tvm.script import tir as T


@I.ir_module
class Module:
    @T.prim_func
    def dequant(W: T.Buffer((64, 32), "uint8"), S: T.Buffer((64, 8), "float16"), O: T.Buffer((64, 64), "float16")):
        T.func_attr({"tir.noalias": T.bool(True)})
        for r in T.thread_binding(64, thread="blockIdx.x"):
            for t in T.thread_binding(8, thread="threadIdx.x"):
                for v in T.vectorized(8):
                    with T.block("dq"):
                        vr = T.axis.spatial(64, r)
                        vc = T.axis.spatial(64, t * 8 + v)
                        O[vr, vc] = (T.Cast("float16", T.bitwise_and(T.shift_right(W[vr, vc // 2], T.Cast("uint8", vc % 2 * 4)), T.uint8(15))) - T.float16(7)) * S[vr, vc // 8]


def reference(W, S):
    c = np.arange(64)
    q = (W[:, c // 2] >> ((c % 2) * 4).astype("uint8")) & 15
    return ((q.astype("float16") - np.float16(7)) * S[:, c // 8]).astype("float16")

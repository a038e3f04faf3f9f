"""Rotate query vectors by their position.

Rotary position embedding: element d of a head is paired with element d + 32, and the pair is
turned by an angle that grows with the position and shrinks with d. T.if_then_else is an
expression, not a statement: only the half that is asked for is read. See how sine, cosine and
power are written by each target.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(Q: T.Buffer((16, 4, 64), "float32"), O: T.Buffer((16, 4, 64), "float32")):
        T.func_attr({"tirx.noalias": True})
        angle = T.sblock_alloc_buffer((16, 32), "float32")
        for p, d in T.grid(16, 32):
            with T.sblock("angle"):
                vp, vd = T.axis.remap("SS", [p, d])
                angle[vp, vd] = T.Cast("float32", vp) / T.pow(
                    T.float32(10000), T.Cast("float32", vd) / T.float32(32)
                )
        for p, h, d in T.grid(16, 4, 64):
            with T.sblock("rotate"):
                vp, vh, vd = T.axis.remap("SSS", [p, h, d])
                O[vp, vh, vd] = T.cos(angle[vp, vd % 32]) * Q[vp, vh, vd] + T.sin(
                    angle[vp, vd % 32]
                ) * T.if_then_else(vd < 32, T.float32(-1) * Q[vp, vh, vd + 32], Q[vp, vh, vd - 32])


def reference(Q):
    angle = np.arange(16)[:, None] / 10000 ** (np.arange(32) / 32)
    cos, sin = np.cos(angle)[:, None, :], np.sin(angle)[:, None, :]
    low, high = Q[..., :32], Q[..., 32:]
    turned = [cos * low - sin * high, cos * high + sin * low]
    return np.concatenate(turned, axis=-1).astype("float32")

"""Convolve an image with 3 by 3 filters.

Batch, output channel, row and column are spatial, input channel and the filter's two offsets
are reduced: "SSSSRRR". The indices of X are sums of two axes, so neighbouring outputs read the
same pixels; see in the AST how `vh + vr` stays an expression while the buffer access is
flattened to one offset.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        X: T.Buffer((1, 8, 18, 18), "float32"),
        W: T.Buffer((16, 8, 3, 3), "float32"),
        Y: T.Buffer((1, 16, 16, 16), "float32"),
    ):
        T.func_attr({"tirx.noalias": True})
        for n, o, h, w, c, r, s in T.grid(1, 16, 16, 16, 8, 3, 3):
            with T.sblock("conv"):
                vn, vo, vh, vw, vc, vr, vs = T.axis.remap("SSSSRRR", [n, o, h, w, c, r, s])
                with T.init():
                    Y[vn, vo, vh, vw] = T.float32(0)
                Y[vn, vo, vh, vw] = (
                    Y[vn, vo, vh, vw] + X[vn, vc, vh + vr, vw + vs] * W[vo, vc, vr, vs]
                )


def reference(X, W):
    windows = np.lib.stride_tricks.sliding_window_view(X, (3, 3), axis=(2, 3))
    return np.einsum("nchwrs,ocrs->nohw", windows, W, optimize=True).astype("float32")

"""Attention with a causal mask, and the step that fills the cache.

Two heads of a language model's attention: softmax(q k^T / sqrt(d) + mask) v. The keys and values of
the tokens so far are a cache; a PrimFunc of one's own, append, writes the new ones behind them, and
Relax calls it by R.call_tir beside its own operators. So one module holds both IRs, and the rail
shows what becomes of each. The mask is a parameter: minus infinity above the diagonal.
"""
from tvm.script import ir as I
from tvm.script import relax as R
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def append(
        cache: T.Buffer((T.int64(2), T.int64(12), T.int64(16)), "float32"),
        new: T.Buffer((T.int64(2), T.int64(4), T.int64(16)), "float32"),
        out: T.Buffer((T.int64(2), T.int64(16), T.int64(16)), "float32"),
    ):
        T.func_attr({"tirx.noalias": True})
        for h, t, d in T.grid(T.int64(2), T.int64(16), T.int64(16)):
            with T.sblock("append"):
                vh, vt, vd = T.axis.remap("SSS", [h, t, d])
                out[vh, vt, vd] = T.if_then_else(
                    vt < T.int64(12), cache[vh, vt, vd], new[vh, vt - T.int64(12), vd]
                )

    @R.function
    def main(
        q: R.Tensor((2, 4, 16), "float32"),
        k: R.Tensor((2, 4, 16), "float32"),
        v: R.Tensor((2, 4, 16), "float32"),
        k_cache: R.Tensor((2, 12, 16), "float32"),
        v_cache: R.Tensor((2, 12, 16), "float32"),
        mask: R.Tensor((4, 16), "float32"),
    ) -> R.Tensor((2, 4, 16), "float32"):
        cls = Module
        with R.dataflow():
            keys = R.call_tir(cls.append, (k_cache, k), out_ty=R.Tensor((2, 16, 16), "float32"))
            values = R.call_tir(cls.append, (v_cache, v), out_ty=R.Tensor((2, 16, 16), "float32"))
            scores = R.matmul(q, R.permute_dims(keys, axes=[0, 2, 1]))
            scaled = R.multiply(scores, R.const(0.25, "float32"))
            weights = R.nn.softmax(R.add(scaled, mask), axis=-1)
            out = R.matmul(weights, values)
            R.output(out)
        return out


def reference(q, k, v, k_cache, v_cache, mask):
    keys = np.concatenate([k_cache, k], axis=1)
    values = np.concatenate([v_cache, v], axis=1)
    scores = q @ keys.transpose(0, 2, 1) * np.float32(0.25) + mask
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True) @ values

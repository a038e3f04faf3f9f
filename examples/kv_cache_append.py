"""Append one step's keys and values to the cache.

A language model keeps the keys and values of all earlier tokens; each step writes one row more,
at a position known only when run. `position` is a scalar argument, and K_cache and V_cache are
changed in place: rows other than that one keep their content. See how the scalar reaches the
kernel in each target.
"""
from tvm.script import ir as I
from tvm.script import tirx as T

RANGES = {"position": (0, 16)}


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        K: T.Buffer((4, 32), "float32"),
        V: T.Buffer((4, 32), "float32"),
        K_cache: T.Buffer((16, 4, 32), "float32"),
        V_cache: T.Buffer((16, 4, 32), "float32"),
        position: T.int32,
    ):
        T.func_attr({"tirx.noalias": True})
        for h, d in T.grid(4, 32):
            with T.sblock("append"):
                vh, vd = T.axis.remap("SS", [h, d])
                K_cache[position, vh, vd] = K[vh, vd]
                V_cache[position, vh, vd] = V[vh, vd]


def reference(K, V, K_cache, V_cache, position):
    K_cache[position] = K
    V_cache[position] = V
    return K_cache, V_cache

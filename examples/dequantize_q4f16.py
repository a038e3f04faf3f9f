"""Multiply a vector by a matrix of 4-bit weights.

The matvec that a language-model compiler emits for q4f16 weights: eight weights in each uint32,
one float16 scale for 32 weights, and a weight is (nibble - 7) * scale. Shift and mask take a
nibble out. The weights are float16, their products with x are added in float32, and the sum is
rounded to float16 at the end. The GPU schedule inlines the dequantisation: the matrix of
weights never exists in memory.
"""
from tvm.script import ir as I
from tvm.script import tirx as T


@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def main(
        packed: T.Buffer((128, 32), "uint32"),
        scale: T.Buffer((128, 8), "float16"),
        x: T.Buffer((1, 256), "float16"),
        y: T.Buffer((1, 128), "float16"),
    ):
        T.func_attr({"tirx.noalias": True})
        weight = T.sblock_alloc_buffer((128, 256), "float16")
        total = T.sblock_alloc_buffer((1, 128), "float32")
        for n, k in T.grid(128, 256):
            with T.sblock("dequantize"):
                vn, vk = T.axis.remap("SS", [n, k])
                weight[vn, vk] = (
                    T.Cast(
                        "float16",
                        T.bitwise_and(
                            T.shift_right(packed[vn, vk // 8], T.Cast("uint32", vk % 8 * 4)),
                            T.uint32(15),
                        ),
                    )
                    - T.float16(7)
                ) * scale[vn, vk // 32]
        for i, n, k in T.grid(1, 128, 256):
            with T.sblock("matvec"):
                vi, vn, vk = T.axis.remap("SSR", [i, n, k])
                with T.init():
                    total[vi, vn] = T.float32(0)
                total[vi, vn] = total[vi, vn] + T.Cast("float32", x[vi, vk]) * T.Cast(
                    "float32", weight[vn, vk]
                )
        for i, n in T.grid(1, 128):
            with T.sblock("round"):
                vi, vn = T.axis.remap("SS", [i, n])
                y[vi, vn] = T.Cast("float16", total[vi, vn])


def reference(packed, scale, x):
    nibbles = packed[:, :, None] >> (np.arange(8, dtype="uint32") * 4) & 15
    centred = nibbles.reshape(128, 256).astype("float16") - np.float16(7)
    weight = centred * np.repeat(scale, 32, axis=1)
    return (x.astype("float32") @ weight.astype("float32").T).astype("float16")

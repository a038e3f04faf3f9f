import tvm
from tvm import tir
from tvm.script import tir as T

@T.prim_func
def main(p0: T.Buffer((1, 4, 4, 16), "float32"), out: T.Buffer((1, 4, 4, 16), "float32")):
    T.func_attr({"from_legacy_te_schedule": T.bool(True), "hash": "00aa", "target": T.target({"host": {"keys": ["cpu"], "kind": "llvm", "mtriple": "x86_64-pc-linux-gnu", "tag": ""}, "keys": ["cpu"], "kind": "llvm", "mtriple": "x86_64-pc-linux-gnu", "tag": ""}), "tir.noalias": T.bool(True)})
    for a in T.parallel(4):
        for b, c in T.grid(4, 2):
            u = T.uint32()
            w = T.int32()
            e: T.int32 = T.max(-139, T.Shuffle([T.Broadcast(T.Cast("int32", T.ldexp(T.Cast("float32", T.Shuffle([T.Broadcast(1845, 3)], [0])), T.Shuffle([T.Broadcast(7, 3) - T.Broadcast(3, 3)], [2]))), 3), T.Broadcast(123, 4) // T.Broadcast(-13, 4) * T.min(T.Broadcast(20, 4), T.Broadcast(73, 4))], [1]))
            f: T.float32 = T.Let(T.Cast("float32", w * w), where={w: e % 5})
            out[0, a, b, c * 8:c * 8 + 8] = T.max(p0[0, a, b, c * 8:c * 8 + 8], T.Broadcast(T.nextafter(f, T.float32(9)), 8))

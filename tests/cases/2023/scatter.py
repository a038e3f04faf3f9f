from tvm.script import ir as I
from tvm.script import tir as T


@I.ir_module
class Module:
    @T.prim_func
    def scatter(data: T.Buffer((16, 8), "float32"), idx: T.Buffer((4, 8), "int64"), upd: T.Buffer((4, 8), "float32"), out_h: T.handle):
        T.func_attr({"tir.noalias": T.bool(True)})
        out = T.match_buffer(out_h, (16, 8))
        with T.block("scatter_elements"):
            T.reads(data[0:16, 0:8], idx[0:4, 0:8], upd[0:4, 0:8])
            T.writes(out[0:16, 0:8])
            for i in T.parallel(128):
                out[i // 8, i % 8] = data[i // 8, i % 8]
            for j in T.parallel(8):
                for k in range(4):
                    out[T.Cast("int32", idx[k, j]) + T.Select(idx[k, j] < T.int64(0), 16, 0), j] = upd[k, j]


RANGES = {"idx": (-16, 15)}


def reference(data, idx, upd):
    o = data.copy()
    for j in range(8):
        for k in range(4):
            o[idx[k, j], j] = upd[k, j]
    return o

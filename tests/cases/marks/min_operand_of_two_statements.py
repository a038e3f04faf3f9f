@T.prim_func(s_tir=True)
def ragged(data: T.Buffer((50,), "float32"), total: T.Buffer((9,), "float32"), offset: T.Buffer((10,), "int32")):
    for i in range(9):
        for k in range(offset[i + 1] - offset[i]):
            with T.sblock():
                T.reads(offset[i], data[offset[i] + k], total[i])
                T.writes(total[i])
                kept = T.sblock_alloc_buffer((50,), "float32", scope="local")
                with T.sblock("keep"):
                    T.reads(offset[i], data[offset[i] + k])
                    T.writes(kept[offset[i] + k])
                    kept[offset[i] + k] = data[offset[i] + k]
                with T.sblock("add"):
                    T.reads(total[i], offset[i], kept[offset[i] + k])
                    T.writes(total[i])
                    total[i] = total[i] + kept[offset[i] + k]

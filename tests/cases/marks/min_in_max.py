@T.prim_func
def blend(P: T.Buffer((7, 7), "float32"), Q: T.Buffer((14, 14), "float32")):
    for i, j in T.grid(14, 14):
        Q[i, j] = (
            P[
                T.max(T.min(T.Cast("int32", T.floor(T.Cast("float32", i) * T.float32(0.5))), 6), 0),
                T.max(T.min(T.Cast("int32", T.floor(T.Cast("float32", j) * T.float32(0.5))), 6), 0),
            ]
            + P[
                T.max(T.min(T.Cast("int32", T.floor(T.Cast("float32", i) * T.float32(0.5))) + 1, 6), 0),
                T.max(T.min(T.Cast("int32", T.floor(T.Cast("float32", j) * T.float32(0.5))) + 1, 6), 0),
            ]
        )

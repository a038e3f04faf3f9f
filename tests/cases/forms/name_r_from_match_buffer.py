@T.prim_func
def outer(P: T.Buffer((6,), "float32"), Q: T.Buffer((6,), "float32"), res: T.handle):
    R = T.match_buffer(res, (6, 6), "float32")
    for i, j in T.grid(6, 6):
        R[i, j] = P[i] * Q[j]

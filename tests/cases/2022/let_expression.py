@T.prim_func
def shifted(V: T.Buffer[(5,), "float32"]):
    for i in range(5):
        s = T.var("float32")
        V[i] = T.Let(s, T.cast(i, "float32"), s * s)

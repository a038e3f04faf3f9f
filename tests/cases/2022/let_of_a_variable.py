@T.prim_func
def twice(V: T.Buffer[(5,), "int32"]):
    k = T.var("int32")
    V[0] = T.let(k, 3, k + k)

@T.prim_func
def second(V: T.Buffer((8,), "int32")):
    q: T.handle("int32") = T.address_of(V[4], dtype="handle")
    Q = T.Buffer((4,), "int32", data=q)
    Q[0] = 1

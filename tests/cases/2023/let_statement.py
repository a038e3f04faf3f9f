@T.prim_func
def named(n: T.int32, V: T.Buffer((8,), "int32")):
    k = T.int32()
    T.LetStmt(n * 2, var=k)
    V[0] = k

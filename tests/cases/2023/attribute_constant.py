@T.prim_func
def halve(X: T.Buffer((10, 6), "float32"), Y: T.Buffer((10, 6), "float32")):
    T.func_attr({"tir.noalias": T.bool(True)})
    for i, j in T.grid(10, 6):
        with T.block("halve"):
            vi, vj = T.axis.remap("SS", [i, j])
            T.reads(X[vi, vj])
            T.writes(Y[vi, vj])
            Y[vi, vj] = X[vi, vj] * T.float32(0.5)

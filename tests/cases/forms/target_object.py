@T.prim_func
def negate(V: T.Buffer((9,), "int32")):
    T.func_attr({"target": tvm.target.Target("llvm")})
    for i in range(9):
        V[i] = 0 - V[i]

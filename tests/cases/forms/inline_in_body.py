@T.prim_func
def bump(V: T.Buffer((7,), "int32")):
    for i in range(7):

        @T.inline
        def put(step):
            V[i] = V[i] + step

        put(2)

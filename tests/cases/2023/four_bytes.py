@T.prim_func
def word(V: T.Buffer((12,), "uint8"), W: T.Buffer((3,), "int32")):
    for i in range(3):
        four: T.uint8x4 = V[i * 4 : i * 4 + 4]
        W[i] = T.reinterpret("int32", four)

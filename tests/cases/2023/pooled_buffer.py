@T.prim_func
def pooled(pool: T.Buffer((64,), "uint8")):
    tile = T.Buffer([16], dtype="uint8")
    with T.LetStmt(T.address_of(pool[32], dtype="handle"), var=tile.data):
        for i in range(16):
            tile[i] = T.uint8(0)

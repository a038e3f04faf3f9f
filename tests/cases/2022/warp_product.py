@T.prim_func
def warp_product(G: T.Buffer((32, 4), "float16"), H: T.Buffer((32, 4), "float16"), O: T.Buffer((32, 8), "float16")):
    tx = T.env_thread("threadIdx.x")
    T.launch_thread(tx, 32)
    ga = T.decl_buffer([4], "float16", scope="local")
    hb = T.decl_buffer([4], "float16", scope="local")
    acc = T.decl_buffer([8], "float16", scope="local")
    for k in range(8):
        acc[k] = T.float16(0)
    for k in range(4):
        ga[k] = G[tx, k]
        hb[k] = H[tx, k]
    T.evaluate(
        T.ptx_mma("m8n8k4", "row", "row", "fp16", "fp16", "fp16", ga.data, 0, hb.data, 0, acc.data, 0, False, dtype="float16")
    )
    for k in range(8):
        O[tx, k] = acc[k]

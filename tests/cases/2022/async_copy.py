@T.prim_func
def staged(G: T.Buffer((32, 8), "float16")):
    tx = T.launch_thread("threadIdx.x", 32)
    S = T.decl_buffer([32, 8], "float16", scope="shared")
    T.evaluate(T.ptx_cp_async("float16", S.data, 8 * tx, G.data, 8 * tx, 16, dtype="float16"))
    T.evaluate(T.ptx_commit_group(dtype=""))
    T.evaluate(T.ptx_wait_group(0, dtype=""))

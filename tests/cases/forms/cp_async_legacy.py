@T.prim_func(s_tir=True)
def stage(G: T.Buffer((32, 8), "float16")):
    tx = T.launch_thread("threadIdx.x", 32)
    S = T.alloc_shared((32, 8), "float16")
    T.evaluate(T.s_tir.cp_async_raw.legacy(S.data, tx * 8, G.data, tx * 8, 16, dtype="float16"))

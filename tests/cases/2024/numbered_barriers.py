@T.prim_func
def staged(X: T.Buffer((32, 64), "float16"), Y: T.Buffer((32, 64), "float16")) -> None:
    lane = T.env_thread("threadIdx.x")
    T.launch_thread(lane, 32)
    with T.block("copy"):
        S = T.alloc_buffer([32, 64], "float16", scope="shared")
        T.reads(X[0:32, 0:64])
        T.writes(Y[0:32, 0:64])
        T.evaluate(T.create_barriers(1, dtype=""))
        T.evaluate(T.ptx_init_barrier_thread_count(0, 32, dtype=""))
        T.evaluate(T.ptx_cp_async_bulk(S.data, lane * 64, X.data, lane * 64, 128, 0, dtype="float16"))
        T.evaluate(T.ptx_arrive_barrier_expect_tx(0, 128, dtype=""))
        T.evaluate(T.ptx_wait_barrier(0, dtype=""))
        for k in range(64):
            Y[lane, k] = S[lane, k]

@T.prim_func
def multiplied(
    A: T.Buffer((64,), "float16"), B: T.Buffer((64,), "float16"), C: T.Buffer((64,), "float32")
):
    T.launch_thread("blockIdx.x", 1)
    lane = T.launch_thread("threadIdx.x", 32)
    shared = T.alloc_buffer((64,), "float16", scope="shared")
    a = T.alloc_buffer((4,), "float16", scope="local")
    b = T.alloc_buffer((2,), "float16", scope="local")
    c = T.alloc_buffer((4,), "float32", scope="local")
    shared[lane] = A[lane]
    T.ptx_legacy.ldmatrix(
        "float16", T.bool(False), 2, ".b16", a.data, 0, T.address_of(shared[lane]), 0
    )
    for i in range(2):
        b[i] = B[lane * 2 + i]
    for i in range(4):
        c[i] = T.float32(0)
    T.ptx_legacy.mma(
        "float32",
        "m16n8k8",
        "row",
        "col",
        "fp16",
        "fp16",
        "fp32",
        a.data,
        0,
        b.data,
        0,
        c.data,
        0,
        T.bool(False),
    )
    for i in range(2):
        C[lane * 2 + i] = c[i] + c[i + 2]

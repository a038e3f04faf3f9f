from tvm.script import tir as T


@T.prim_func
def before(A: T.Buffer((8, 32), "float32"), B: T.Buffer(8, "float32")):
    flat = T.Buffer(256, data=A.data)

    for i in range(8):
        tx = T.launch_thread("threadIdx.x", 32)

        r_data = T.allocate([1], "float32", "local")
        r = T.Buffer(1, data=r_data, scope="local")

        with T.attr(
            T.comm_reducer(lambda x, y: x + y, [T.float32(0)]),
            "reduce_scope",
            T.reinterpret("handle", T.uint64(0)),
        ):
            T.tvm_thread_allreduce(T.uint32(1), flat[i * 32 + tx], T.bool(True), r[0], tx)
        if tx == 0:
            B[i] = r[0]


def reference(A):
    return A.sum(1)

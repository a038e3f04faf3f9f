@T.prim_func
def fetch(src: T.Buffer((32,), "int32"), dst: T.Buffer((8,), "int32")):
    T.device_entry()
    lane = T.thread_id([32])
    v0 = T.alloc_local([1], "int32")
    v1 = T.alloc_local([1], "int32")
    v2 = T.alloc_local([1], "int32")
    v3 = T.alloc_local([1], "int32")
    if lane == 0:
        T.ptx["ld.global.nc.v4.s32"](v0[0], v1[0], v2[0], v3[0], src.data)
        dst[0] = v0[0] + v3[0]

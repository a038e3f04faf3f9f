"""TIRx: sums by warps.

One thread block adds 1,024 numbers. T.warp_id and T.lane_id number its 8 warps and the 32 threads of
each. Those of a warp add up by shuffles, with no memory between them; each warp leaves one number in
shared memory, and behind the barrier one thread adds these. CUDA only, like all of TIRx.
"""

from tvm.script import tirx as T


@T.prim_func
def main(A: T.Buffer((1024,), "float32"), total: T.Buffer((1,), "float32")):
    T.device_entry()
    block = T.cta_id([1])
    warp = T.warp_id([8])
    lane = T.lane_id([32])
    sums = T.alloc_shared((8,), "float32")
    part = T.alloc_local((1,), "float32")
    distance = T.alloc_local((1,), "int32")
    part[0] = T.float32(0.0)
    for i in range(4):
        part[0] = part[0] + A[i * 256 + warp * 32 + lane]
    distance[0] = 16
    while distance[0] >= 1:
        part[0] = part[0] + T.tvm_warp_shuffle_xor(0xFFFFFFFF, part[0], distance[0], 32, 32)
        distance[0] = distance[0] // 2
    if lane == 0:
        sums[warp] = part[0]
    T.cuda.cta_sync()
    if warp == 0 and lane == 0:
        part[0] = T.float32(0.0)
        for i in range(8):
            part[0] = part[0] + sums[i]
        total[0] = part[0]


def reference(A):
    return A.sum(keepdims=True)


TARGETS = ("cuda",)

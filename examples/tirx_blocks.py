"""TIRx: a kernel by threads.

TVM's own style for CUDA kernels today: no blocks and no schedule. What follows T.device_entry()
runs on the GPU; T.cta_id and T.thread_id say which thread it is. Each thread block of 64 threads
hands its numbers over in shared memory, and T.cuda.cta_sync() waits until all have been written.
"""

from tvm.script import tirx as T


@T.prim_func
def main(A: T.Buffer((256,), "float32"), B: T.Buffer((256,), "float32")):
    T.device_entry()
    block = T.cta_id([4])
    thread = T.thread_id([64])
    tile = T.alloc_shared((64,), "float32")
    pair = T.alloc_local((2,), "float32")
    tile[thread] = A[block * 64 + thread]
    T.cuda.cta_sync()
    pair[0] = tile[thread]
    pair[1] = tile[63 - thread]
    B[block * 64 + thread] = pair[0] + pair[1] * T.float32(2.0)


def reference(A):
    blocks = A.reshape(4, 64)
    return (blocks + 2 * blocks[:, ::-1]).reshape(256)


TARGETS = ("cuda",)

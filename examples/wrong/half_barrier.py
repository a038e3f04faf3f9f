"""Reverse each half, with a barrier for one half of the threads.

The numbers go through shared memory, and a thread reads what another one wrote, so there is a
barrier between writing and reading. Only the threads below 32 seem to need it: is it not a waste
to let the others wait? Run it checked: who waits, who has gone on, and on what does a barrier
rely?
"""

from tvm.script import tirx as T


@T.prim_func
def main(A: T.Buffer((128,), "float32"), B: T.Buffer((128,), "float32")):
    T.device_entry()
    block = T.cta_id([2])
    thread = T.thread_id([64])
    tile = T.alloc_shared((64,), "float32")
    tile[thread] = A[block * 64 + thread]
    if thread < 32:
        T.cuda.cta_sync()
        B[block * 64 + thread] = tile[63 - thread]
    else:
        B[block * 64 + thread] = tile[63 - thread]


def reference(A):
    return A.reshape(2, 64)[:, ::-1].reshape(128)


TARGETS = ("cuda",)

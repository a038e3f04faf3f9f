"""Add up 256 numbers, and lose most of them.

Each of the 256 threads adds its number to the same element of `total`. Every line is right on its
own, and one thread alone would get the sum. What happens between the moment at which a thread
reads total[0] and the moment at which it writes it back? Run it checked: which two threads are
named, and what would each of them need?
"""

from tvm.script import tirx as T


@T.prim_func
def main(A: T.Buffer((256,), "float32"), total: T.Buffer((1,), "float32")):
    T.device_entry()
    block = T.cta_id([2])
    thread = T.thread_id([128])
    total[0] = total[0] + A[block * 128 + thread]


def reference(A, total):
    return total + A.sum()


TARGETS = ("cuda",)

"""Average each number with its neighbours, up to the very edge.

Each thread takes three numbers that stand side by side. In the middle of the vector that is
right. How many neighbours has the first number, and how many has the last? A GPU reads beyond a
buffer without a word: whatever lies there is averaged, too. Run it checked: which threads are
named, and what would you do for them?
"""

from tvm.script import tirx as T


@T.prim_func
def main(A: T.Buffer((256,), "float32"), B: T.Buffer((256,), "float32")):
    T.device_entry()
    block = T.cta_id([2])
    thread = T.thread_id([128])
    i: T.int32 = block * 128 + thread
    B[i] = (A[i - 1] + A[i] + A[i + 1]) / T.float32(3.0)


def reference(A):
    padded = np.pad(A, 1)
    return (padded[:-2] + padded[1:-1] + padded[2:]) / np.float32(3)


TARGETS = ("cuda",)

"""Transposes through a tile in shared memory: with all bank conflicts, padded, swizzled.

A tile of 32 rows of 32 words: a warp puts a row, whose words lie in 32 banks, and gets a column,
whose words all lie in one bank: 32 wavefronts for each of 16 blocks x 8 warps x 4 turns =
512 requests where one each would do, 15,872 conflicts. With 33 words a row, or with the column
xor'ed with the row, a column lies in 32 banks, too.
"""


def _transpose(tile: str, put: str, get: str) -> str:
    return f"""@T.prim_func(s_tir=True)
def transpose(A: T.Buffer((128, 128), "float32"), B: T.Buffer((128, 128), "float32")):
    T.func_attr({{"tirx.noalias": True}})
    S = T.sblock_alloc_buffer({tile}, "float32", scope="shared")
    for by in T.thread_binding(4, thread="blockIdx.y"):
        for bx in T.thread_binding(4, thread="blockIdx.x"):
            for ty in T.thread_binding(8, thread="threadIdx.y"):
                for tx in T.thread_binding(32, thread="threadIdx.x"):
                    for j in range(4):
                        S[{put}] = A[by * 32 + j * 8 + ty, bx * 32 + tx]
                    for k in range(4):
                        B[bx * 32 + k * 8 + ty, by * 32 + tx] = S[{get}]
"""


CONFLICTS = _transpose("(32, 32)", "j * 8 + ty, tx", "tx, k * 8 + ty")
PADDED = _transpose("(1056,)", "(j * 8 + ty) * 33 + tx", "tx * 33 + k * 8 + ty")
SWIZZLED = _transpose(
    "(32, 32)", "j * 8 + ty, T.bitwise_xor(tx, j * 8 + ty)", "tx, T.bitwise_xor(k * 8 + ty, tx)"
)
COMPACTED = _transpose("(32, 33)", "j * 8 + ty, tx", "tx, k * 8 + ty")
"""The last column is touched by nobody: CompactBufferAllocation takes it away, with the padding."""

EVEN_ROWS = CONFLICTS.replace(
    "                        S[j * 8",
    "                        if tx % 2 == 0:\n                            S[j * 8",
)
"""Every second lane puts a word: the branch divides each of the 512 warps that come to it."""

"""Kernels with what each access costs, from their index functions alone.

A figure is that of all blocks of the launch, and each has its reason beside it. ``ideal`` is that of
sectors for global memory and of wavefronts for shared memory.
"""

from typing import NamedTuple

import numpy as np


class ExpectedSite(NamedTuple):
    """An access to a buffer: how many requests, of how many lanes each, and what they cost."""

    buffer: str
    kind: str
    requests: int
    cost: int
    ideal: int
    asked: int
    used: int
    lanes: dict[int, int]
    width: int = 4
    space: str = "global"
    most_on_one: int = 1


class Kernel(NamedTuple):
    """A program, and the accesses of its only kernel, or of all of them."""

    name: str
    text: str
    sites: tuple[ExpectedSite, ...]
    arrays: dict[str, np.ndarray] = {}
    barriers: int = 0
    floats: int = 0
    integers: int | None = None
    """Operations on integers, where they are worked out: none of a comparison, one of ``++``."""
    branches: tuple[tuple[int, int], ...] = ()
    """Of each branch that divides warps: the warps that come to it, and those divided."""
    static_shared: int = 0


def site(access, requests, cost, ideal, width=4, used=None, lanes=None, **other):
    """Return an expected site; by default all lanes are active, and no byte is wanted twice."""
    buffer, kind = access.split()
    lanes = lanes or {32: requests}
    asked = width * sum(count * active for active, count in lanes.items())
    used = asked if used is None else used
    return ExpectedSite(buffer, kind, requests, cost, ideal, asked, used, lanes, width, **other)


def shared(access, requests, cost, ideal, **other):
    """Return an expected site in shared memory."""
    return site(access, requests, cost, ideal, space="shared", **other)


def flat(parameters, blocks, threads, body):
    """Return a kernel of blocks ``b`` of threads ``t``; parameters as ``A: 64 float32``."""
    buffers = ", ".join(
        f'{name}: T.Buffer(({extents},), "{kind}")'
        for name, (*extent, kind) in ((n, r.split()) for n, r in parameters.items())
        for extents in [", ".join(extent)]
    )
    lines = "\n".join(" " * 12 + line for line in body.strip().split("\n"))
    return f"""
@T.prim_func(s_tir=True)
def main({buffers}):
    T.func_attr({{"tirx.noalias": True}})
    for b in T.thread_binding({blocks}, thread="blockIdx.x"):
        for t in T.thread_binding({threads}, thread="threadIdx.x"):
{lines}
"""


def transpose(put, get, tile="(32, 32)", store=None, load=None):
    """Return a transpose of 128 x 128 by 16 blocks of 32 x 8 threads through a shared tile."""
    store = store or f"S[j * 8 + ty, {put}]"
    load = load or f"S[tx, {get}]"
    return f"""
@T.prim_func(s_tir=True)
def main(A: T.Buffer((128, 128), "float32"), B: T.Buffer((128, 128), "float32")):
    T.func_attr({{"tirx.noalias": True}})
    S = T.sblock_alloc_buffer({tile}, "float32", scope="shared")
    for by in T.thread_binding(4, thread="blockIdx.y"):
        for bx in T.thread_binding(4, thread="blockIdx.x"):
            for ty in T.thread_binding(8, thread="threadIdx.y"):
                for tx in T.thread_binding(32, thread="threadIdx.x"):
                    for j in range(4):
                        {store} = A[by * 32 + j * 8 + ty, bx * 32 + tx]
                    for k in range(4):
                        B[bx * 32 + k * 8 + ty, by * 32 + tx] = {load}
"""


def transposed(name, text, wavefronts, put=512, bytes_=4096):
    """Return a transpose: 16 blocks x 8 warps x 4 rounds are 512 requests of each access.

    Rows of A and B are 32 x 4 = 128 bytes from a multiple of 128: 4 sectors. A block meets once.
    """
    return Kernel(
        name,
        text,
        (
            site("A load", 512, 4 * 512, 4 * 512),
            site("B store", 512, 4 * 512, 4 * 512),
            shared("S store", 512, put, 512),
            shared("S load", 512, wavefronts, 512),
        ),
        barriers=16,
        static_shared=bytes_,
    )


def copied(name, index, sectors, length=8192, *, integers=None):
    """Return a copy by 32 blocks of 8 warps, so 256 requests; B is written in rows of 128 bytes."""
    read = flat(
        {"A": f"{length} float32", "B": "8192 float32"}, 32, 256, f"B[b * 256 + t] = A[{index}]"
    )
    sites = (site("A load", 256, sectors * 256, 4 * 256), site("B store", 256, 1024, 1024))
    return Kernel(name, read, sites, integers=integers)


LENGTHS = np.arange(32, dtype="int32") % 4

KERNELS = (
    # 32 lanes x 4 bytes in a row from a multiple of 128. 8192 lanes write b * 256 + t three times:
    # for A, for B, and as a common expression that nothing uses.
    copied("copy", "b * 256 + t", 4, integers=3 * 2 * 8192),
    # Every second word of 256 bytes: 8 sectors; half of their bytes are asked for. The indices are
    # b * 512 + t * 2 and b * 256 + t.
    copied("every second", "(b * 256 + t) * 2", 8, 16384, integers=(3 + 2) * 8192),
    # Bytes 4 to 131 from a multiple of 128: 5 sectors, the first and the last in part.
    copied("shifted", "b * 256 + t + 1", 5, 8193),
    # Lanes are 64 x 4 = 256 bytes apart: each has a sector of its own. 64 blocks x 4 warps.
    Kernel(
        "columns",
        flat({"A": "8192 float32", "B": "8192 float32"}, 64, 128, "B[t * 64 + b] = A[t * 64 + b]"),
        (site("A load", 256, 32 * 256, 1024), site("B store", 256, 32 * 256, 1024)),
    ),
    # 32 lanes x 16 bytes are 512 bytes in a row: 16 sectors.
    Kernel(
        "four at once",
        flat(
            {"A": "32768 float32", "B": "32768 float32"},
            32,
            256,
            "for v in T.vectorized(4):\n    B[b * 1024 + t * 4 + v] = A[b * 1024 + t * 4 + v]",
        ),
        (
            site("A load", 256, 16 * 256, 16 * 256, width=16),
            site("B store", 256, 16 * 256, 16 * 256, width=16),
        ),
    ),
    # 32 lanes x 1 byte: one sector.
    Kernel(
        "bytes",
        flat({"A": "8192 int8", "B": "8192 int8"}, 32, 256, "B[b * 256 + t] = A[b * 256 + t]"),
        (site("A load", 256, 256, 256, width=1), site("B store", 256, 256, 256, width=1)),
    ),
    # A row of A: 4 sectors. A column of B, lanes 128 x 4 bytes apart: 32. 4 blocks x 32 x 4 warps.
    Kernel(
        "naive transpose",
        flat(
            {"A": "16384 float32", "B": "16384 float32"},
            128,
            128,
            "B[t * 128 + b] = A[b * 128 + t]",
        ),
        (site("A load", 512, 4 * 512, 4 * 512), site("B store", 512, 32 * 512, 4 * 512)),
    ),
    # A row lies in 32 banks. A column, lanes 32 words apart, in one: 32 rounds, 31 conflicts.
    transposed("shared transpose", transpose("tx", "k * 8 + ty"), 32 * 512),
    # The last column of a tile (32, 33) is never touched: CompactBufferAllocation makes it (32, 32)
    # again, with 4096 bytes, and all conflicts return.
    transposed("declared padding", transpose("tx", "k * 8 + ty", "(32, 33)"), 32 * 512),
    # A flat tile stays as it is: lane tx reads word 33 tx + c, in bank (tx + c) mod 32. It goes to
    # word 31 x 33 + 31 = 1054, so 1055 words are kept: 4220 bytes.
    transposed(
        "flat padding",
        transpose(
            "",
            "",
            "(1056,)",
            "S[(j * 8 + ty) * 33 + tx]",
            "S[tx * 33 + k * 8 + ty]",
        ),
        512,
        bytes_=4220,
    ),
    # Lane tx reads column c ^ tx of row tx: 32 different banks; a row is only permuted.
    transposed("swizzle", transpose("tx ^ (j * 8 + ty)", "(k * 8 + ty) ^ tx"), 512),
    # 8 blocks of 4 warps; 1000 = 31 x 32 + 8: the last warp has 8 lanes, whose 32 bytes are a
    # sector. It is the only one that the guard divides. All lanes compute b * 16 + (t >> 3), and
    # those inside b * 128 + t three times.
    Kernel(
        "guarded tail",
        flat(
            {"A": "1000 float32", "B": "1000 float32"},
            8,
            128,
            "if b * 128 + t < 1000:\n    B[b * 128 + t] = A[b * 128 + t]",
        ),
        (
            site("A load", 32, 31 * 4 + 1, 31 * 4 + 1, lanes={8: 1, 32: 31}),
            site("B store", 32, 31 * 4 + 1, 31 * 4 + 1, lanes={8: 1, 32: 31}),
        ),
        integers=3 * 1024 + 3 * 2 * 1000,
        branches=((32, 1),),
    ),
    # 2 blocks of a warp. In each of 2 rounds a row of A goes to R; 8 lanes multiply, and all add up.
    # Indices b * 64 + i * 32 + t and a step in each round, and once b * 32 + t.
    Kernel(
        "own array",
        flat(
            {"A": "128 float32", "B": "64 float32"},
            2,
            32,
            'R = T.sblock_alloc_buffer((2,), "float32", scope="local")\n'
            "for i in range(2):\n"
            "    R[i] = A[b * 64 + i * 32 + t]\n"
            "if t < 8:\n"
            "    R[1] = R[0] * T.float32(3)\n"
            "B[b * 32 + t] = R[0] + R[1]",
        ),
        (
            site("A load", 4, 16, 16),
            site("R store", 4, 0, 0, space="local"),
            site("R load", 2, 0, 0, lanes={8: 2}, space="local"),
            site("R store", 2, 0, 0, lanes={8: 2}, space="local"),
            site("R load", 2, 0, 0, space="local"),
            site("R load", 2, 0, 0, space="local"),
            site("B store", 2, 8, 8),
        ),
        floats=2 * 8 + 64,
        integers=64 * (2 * (4 + 1) + 2),
        branches=((2, 2),),
    ),
    # In each of 8 rounds every second lane: 16 words of 128 bytes lie in all 4 sectors, and would
    # fit in 2. Rounds are requests of their own, though a lane's n-th access is in round 2 n or
    # 2 n + 1.
    Kernel(
        "alternating lanes",
        flat(
            {"A": "256 float32", "B": "256 float32"},
            1,
            32,
            "for i in range(8):\n    if i % 2 == t % 2:\n        B[i * 32 + t] = A[i * 32 + t]",
        ),
        (
            site("A load", 8, 8 * 4, 8 * 2, lanes={16: 8}),
            site("B store", 8, 8 * 4, 8 * 2, lanes={16: 8}),
        ),
        branches=((8, 8),),
    ),
    # Both sides have 16 lanes, 64 bytes in a row: 2 sectors. Each side is one request.
    Kernel(
        "divergent branch",
        flat(
            {"A": "32 float32", "B": "32 float32"},
            1,
            32,
            "if t < 16:\n    B[t] = A[t] * T.float32(2)\nelse:\n    B[t] = T.float32(1)",
        ),
        (
            site("A load", 1, 2, 2, lanes={16: 1}),
            site("B store", 1, 2, 2, lanes={16: 1}),
            site("B store", 1, 2, 2, lanes={16: 1}),
        ),
        floats=16,
        branches=((1, 1),),
    ),
    # Lane t has t mod 4 elements in row t of 16 bytes, two rows a sector. Round k is for the lanes
    # with more than k: 24, 16 and 8 of them. A round with k = 0 touches 1, 2 and 3 of 4 rows, so
    # all 16 sectors, and those with k = 1 and 2 only the second sector of 4 rows: 8. Ideal are
    # 24 x 4 / 32 = 3, 2 and 1. One addition for each.
    Kernel(
        "ragged rows",
        flat(
            {"A": "128 float32", "L": "32 int32", "B": "32 float32"},
            1,
            32,
            "B[t] = T.float32(0)\n"
            "for k in range(3):\n"
            "    if k < L[t]:\n"
            "        B[t] = B[t] + A[t * 4 + k]",
        ),
        (
            # The start, and in each round what the active lanes add to.
            site("B store", 1, 4, 4),
            site("L load", 3, 12, 12),
            site("A load", 3, 16 + 8 + 8, 3 + 2 + 1, lanes={24: 1, 16: 1, 8: 1}),
            # Of 4 words in 16 bytes the last 3, 2 and 1: all 4 sectors each time.
            site("B load", 3, 12, 3 + 2 + 1, lanes={24: 1, 16: 1, 8: 1}),
            site("B store", 3, 12, 3 + 2 + 1, lanes={24: 1, 16: 1, 8: 1}),
        ),
        arrays={"L": LENGTHS},
        floats=24 + 16 + 8,
        branches=((3, 3),),
    ),
    # 2 blocks of 2 warps. All lanes want the one element of their block: 4 bytes of one sector,
    # which 32 lanes ask for.
    Kernel(
        "broadcast",
        flat({"A": "2 float32", "B": "128 float32"}, 2, 64, "B[b * 64 + t] = A[b]"),
        (
            site("A load", 4, 4, 4, used=16, most_on_one=32),
            site("B store", 4, 16, 16),
        ),
    ),
    # Two bytes a lane: 64 bytes are 2 sectors. 4 blocks of 2 warps, one product each lane.
    Kernel(
        "halves",
        flat(
            {"A": "256 float16", "B": "256 float16"},
            4,
            64,
            "B[b * 64 + t] = A[b * 64 + t] * T.float16(2)",
        ),
        (site("A load", 8, 16, 16, width=2), site("B store", 8, 16, 16, width=2)),
        floats=256,
        integers=3 * 2 * 256,
    ),
    # 2 warps. 8 bytes a lane go by half warps: 16 lanes x 2 words in 32 banks, 1 round each. Lanes
    # 4 words apart: t and t + 8 want different words of one bank, 2 rounds each. In A, B 8 sectors.
    Kernel(
        "pairs in shared memory",
        flat(
            {"A": "128 float32", "B": "128 float32"},
            1,
            64,
            'S = T.sblock_alloc_buffer((256,), "float32", scope="shared")\n'
            "for v in T.vectorized(2):\n"
            "    S[t * 4 + v] = A[t * 2 + v]\n"
            "for w in T.vectorized(2):\n"
            "    B[t * 2 + w] = S[(63 - t) * 4 + w]",
        ),
        (
            site("A load", 2, 16, 16, width=8),
            site("B store", 2, 16, 16, width=8),
            shared("S store", 2, 2 * 4, 2 * 2, width=8),
            shared("S load", 2, 2 * 4, 2 * 2, width=8),
        ),
        barriers=1,
        static_shared=1016,
    ),
    # 16 bytes a lane go by quarter warps: 8 lanes x 4 words in 32 banks, 1 round each.
    Kernel(
        "fours in shared memory",
        flat(
            {"A": "256 float32", "B": "256 float32"},
            1,
            64,
            'S = T.sblock_alloc_buffer((256,), "float32", scope="shared")\n'
            "for v in T.vectorized(4):\n"
            "    S[t * 4 + v] = A[t * 4 + v]\n"
            "for w in T.vectorized(4):\n"
            "    B[t * 4 + w] = S[(63 - t) * 4 + w]",
        ),
        (
            site("A load", 2, 32, 32, width=16),
            site("B store", 2, 32, 32, width=16),
            shared("S store", 2, 2 * 4, 2 * 4, width=16),
            shared("S load", 2, 2 * 4, 2 * 4, width=16),
        ),
        barriers=1,
        static_shared=1024,
    ),
    # 4 warps add to 4 elements: 8 lanes on each, 16 bytes of one sector.
    Kernel(
        "atomics",
        flat(
            {"A": "128 float32", "B": "4 float32"},
            2,
            64,
            "T.evaluate(T.cuda.atomic_add(T.address_of(B[t % 4]), A[b * 64 + t]))",
        ),
        (
            site("A load", 4, 16, 16),
            site("B atomic", 4, 4, 4, used=4 * 16, most_on_one=8),
        ),
    ),
)
"""The kernels; each program has one."""

TWO_KERNELS = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((256,), "float32"), B: T.Buffer((256,), "float32")):
    T.func_attr({"tirx.noalias": True})
    M = T.sblock_alloc_buffer((256,), "float32")
    for b in T.thread_binding(2, thread="blockIdx.x"):
        for t in T.thread_binding(128, thread="threadIdx.x"):
            M[b * 128 + t] = A[b * 128 + t] + T.float32(1)
    for c in T.thread_binding(4, thread="blockIdx.x"):
        for s in T.thread_binding(64, thread="threadIdx.x"):
            B[c * 64 + s] = M[255 - c * 64 - s] * T.float32(2)
"""
"""Two launches, with a workspace between them. 8 warps each; what runs backwards is as dense."""

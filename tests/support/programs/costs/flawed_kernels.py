"""Kernels whose accesses have a known flaw, with the edit that mends it and what is left then.

The numbers are those of all blocks, by the kernels' index functions alone. ``ideal`` is what the
flawed accesses need: sectors of global memory, or wavefronts of shared memory.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.support.programs.costs.flawed_programs import SCHEDULED

S_TIR = """from tvm.script import tirx as T

@T.prim_func(s_tir=True)
def main({parameters}):
    T.func_attr({{"tirx.noalias": True}})
"""

SQUARE = 'A: T.Buffer((128, 128), "float32"), B: T.Buffer((128, 128), "float32")'

TRANSPOSED = "\n\ndef reference(A):\n    return A.T\n"


class Flawed(NamedTuple):
    """A kernel with a flaw."""

    text: str
    buffer: str
    kind: str
    """The kind of the flawed access."""
    edits: tuple[str, ...]
    """The kinds of edits that mend it, of which each is expected."""
    before: int
    """Sectors, or wavefronts, of the flawed accesses as they are."""
    ideal: int
    """Those that are left with each of the edits."""
    why: str
    """The reasoning behind the numbers."""


KERNELS: dict[str, Flawed] = {}


def _through_tile(declared: str, put: str, get: str) -> str:
    return (
        S_TIR.format(parameters=SQUARE)
        + f"""    {declared}
    for by in T.thread_binding(4, thread="blockIdx.y"):
        for bx in T.thread_binding(4, thread="blockIdx.x"):
            for ty in T.thread_binding(8, thread="threadIdx.y"):
                for tx in T.thread_binding(32, thread="threadIdx.x"):
                    for j in range(4):
                        {put} = A[by * 32 + j * 8 + ty, bx * 32 + tx]
                    for k in range(4):
                        B[bx * 32 + k * 8 + ty, by * 32 + tx] = {get}
"""
        + TRANSPOSED
    )


COLUMN = (
    "16 blocks of 8 warps read 4 times: 512 requests. A column of a tile of 32 words a row lies in "
    "one bank, 32 rounds each; with 33 words a row, or permuted, in 32 banks: 1 round each"
)

KERNELS["tile"] = Flawed(
    _through_tile(
        'S = T.sblock_alloc_buffer((32, 32), "float32", scope="shared")',
        "S[j * 8 + ty, tx]",
        "S[tx, k * 8 + ty]",
    ),
    "S",
    "load",
    ("pad", "swizzle"),
    16384,
    512,
    COLUMN,
)
KERNELS["tile of 33 columns, one of them unused"] = Flawed(
    _through_tile(
        'S = T.sblock_alloc_buffer((32, 33), "float32", scope="shared")',
        "S[j * 8 + ty, tx]",
        "S[tx, k * 8 + ty]",
    ),
    "S",
    "load",
    ("pad",),
    16384,
    512,
    "CompactBufferAllocation makes it 32 columns. " + COLUMN,
)
KERNELS["flat tile"] = Flawed(
    _through_tile(
        'S = T.sblock_alloc_buffer((1024,), "float32", scope="shared")',
        "S[(j * 8 + ty) * 32 + tx]",
        "S[tx * 32 + (k * 8 + ty)]",
    ),
    "S",
    "load",
    ("pad",),
    16384,
    512,
    COLUMN,
)
KERNELS["tile in blocks"] = Flawed(
    S_TIR.format(parameters=SQUARE)
    + """    tile = T.sblock_alloc_buffer((128, 128), "float32", scope="shared")
    for by in T.thread_binding(4, thread="blockIdx.y"):
        for bx in T.thread_binding(4, thread="blockIdx.x"):
            for ty in T.thread_binding(8, thread="threadIdx.y"):
                for tx in T.thread_binding(32, thread="threadIdx.x"):
                    for step in range(4):
                        with T.sblock("read_rows"):
                            vi = T.axis.spatial(128, by * 32 + step * 8 + ty)
                            vj = T.axis.spatial(128, bx * 32 + tx)
                            tile[vi, vj] = A[vi, vj]
                    for step in range(4):
                        with T.sblock("write_rows"):
                            vj = T.axis.spatial(128, bx * 32 + step * 8 + ty)
                            vi = T.axis.spatial(128, by * 32 + tx)
                            B[vj, vi] = tile[vi, vj]
"""
    + TRANSPOSED,
    "tile",
    "load",
    ("pad",),
    16384,
    512,
    COLUMN,
)
KERNELS["tile of TIRx"] = Flawed(
    """from tvm.script import tirx as T

@T.prim_func
def main(A: T.Buffer((32, 32), "float32"), B: T.Buffer((32, 32), "float32")):
    T.device_entry()
    block = T.cta_id([1])
    thread = T.thread_id([32])
    S = T.alloc_shared((32, 32), "float32")
    for i in range(32):
        S[i, thread] = A[i, thread]
    T.cuda.cta_sync()
    for i in range(32):
        B[i, thread] = S[thread, i]
"""
    + TRANSPOSED,
    "S",
    "load",
    ("pad", "swizzle"),
    1024,
    32,
    "One warp reads 32 columns of 32 words that are 32 words apart: 32 rounds each, then 1 each.",
)
KERNELS["columns on lanes"] = Flawed(
    S_TIR.format(parameters='A: T.Buffer((128, 64), "float32"), B: T.Buffer((128, 64), "float32")')
    + """    for c in T.thread_binding(64, thread="blockIdx.x"):
        for r in T.thread_binding(128, thread="threadIdx.x"):
            B[r, c] = A[r, c]


def reference(A):
    return A
""",
    "A",
    "load",
    ("bind",),
    8192,
    1024,
    "8192 elements: 256 requests of lanes that are 64 words apart, each in a sector of its own. "
    "Along rows the 8192 words are 1024 sectors.",
)
KERNELS["axes of a block"] = Flawed(
    S_TIR.format(parameters='A: T.Buffer((64, 64), "float32"), B: T.Buffer((64, 64), "float32")')
    + """    for b in T.thread_binding(4, thread="blockIdx.x"):
        for y in T.thread_binding(16, thread="threadIdx.x"):
            for x in T.thread_binding(64, thread="threadIdx.y"):
                B[b * 16 + y, x] = A[b * 16 + y, x] + T.float32(1)


def reference(A):
    return A + 1
""",
    "B",
    "store",
    ("bind",),
    2048,
    512,
    "The lanes of the 128 requests are 16 rows and 2 columns: 16 sectors each. Along rows 4 each.",
)
KERNELS["row of a thread"] = Flawed(
    S_TIR.format(parameters='A: T.Buffer((64, 128), "float32"), B: T.Buffer((64, 128), "float32")')
    + """    for b in T.thread_binding(2, thread="blockIdx.x"):
        for r in T.thread_binding(32, thread="threadIdx.x"):
            for c in range(128):
                B[b * 32 + r, c] = A[b * 32 + r, c] * T.float32(2)


def reference(A):
    return A * 2
""",
    "A",
    "load",
    ("swap",),
    8192,
    1024,
    "2 warps of 128 requests, 32 rows each: 32 sectors; along rows the 8192 words are 1024 sectors.",
)
KERNELS["four in a row"] = Flawed(
    S_TIR.format(parameters='A: T.Buffer((32768,), "float32"), B: T.Buffer((32768,), "float32")')
    + """    for b in T.thread_binding(32, thread="blockIdx.x"):
        for t in T.thread_binding(256, thread="threadIdx.x"):
            for k in range(4):
                B[b * 1024 + t * 4 + k] = A[b * 1024 + t * 4 + k]


def reference(A):
    return A
""",
    "A",
    "load",
    ("vectorise",),
    16384,
    4096,
    "1024 requests over 512 bytes, 16 sectors each; 256 of 16 bytes a lane have 16 sectors each.",
)
KERNELS["sixteen in a row"] = Flawed(
    S_TIR.format(parameters='A: T.Buffer((32768,), "float32"), B: T.Buffer((32768,), "float32")')
    + """    for b in T.thread_binding(32, thread="blockIdx.x"):
        for t in T.thread_binding(64, thread="threadIdx.x"):
            for k in range(16):
                B[b * 1024 + t * 16 + k] = A[b * 1024 + t * 16 + k]


def reference(A):
    return A
""",
    "A",
    "load",
    ("interleave",),
    32768,
    4096,
    "Lanes are 64 bytes apart, a sector each: 1024 requests of 32. A lane that takes every 64th "
    "element has 31 neighbours in a row: 4 sectors each. Vectors of 4 would leave 16384.",
)
GRID = (
    S_TIR.format(parameters='A: T.Buffer((65536,), "float32"), B: T.Buffer((65536,), "float32")')
    + """    for b in T.thread_binding(32, thread="blockIdx.x"):
        for t in T.thread_binding(256, thread="threadIdx.x"):
            for j, k in T.grid(2, 4):
                B[b * 2048 + j * 1024 + t * 4 + k] = A[b * 2048 + j * 1024 + t * 4 + k]


def reference(A):
    return A
"""
)
KERNELS["four in a row, in a grid"] = Flawed(
    GRID,
    "A",
    "load",
    ("vectorise",),
    32768,
    8192,
    "2048 requests over 512 bytes, 16 sectors each; 512 of 16 bytes a lane have 16 sectors each.",
)
KERNELS["row of a thread, in a grid"] = Flawed(
    S_TIR.format(parameters='A: T.Buffer((64, 128), "float32"), B: T.Buffer((64, 128), "float32")')
    + """    for b in T.thread_binding(2, thread="blockIdx.x"):
        for r in T.thread_binding(32, thread="threadIdx.x"):
            for h, c in T.grid(2, 64):
                B[b * 32 + r, h * 64 + c] = A[b * 32 + r, h * 64 + c] * T.float32(2)


def reference(A):
    return A * 2
""",
    "A",
    "load",
    ("swap",),
    8192,
    1024,
    "2 warps of 128 requests, 32 rows each: 32 sectors; along rows the 8192 words are 1024 sectors.",
)
KERNELS["all but the edges"] = Flawed(
    S_TIR.format(parameters='A: T.Buffer((8194,), "float32"), B: T.Buffer((8194,), "float32")')
    + """    for b in T.thread_binding(32, thread="blockIdx.x"):
        for t in T.thread_binding(256, thread="threadIdx.x"):
            B[b * 256 + t + 1] = A[b * 256 + t + 1] * T.float32(2)
""",
    "A",
    "load",
    ("align",),
    1280,
    1025,
    "256 requests of 128 bytes that begin at byte 4 of a sector: 5 sectors each. From the start of a "
    "sector on 4 each, and one more for the last element, which is in a block of its own.",
)
KERNELS["rows of 120 bytes"] = Flawed(
    S_TIR.format(parameters='A: T.Buffer((64, 32), "float32"), B: T.Buffer((64, 32), "float32")')
    + """    W = T.sblock_alloc_buffer((64, 30), "float32")
    for b in T.thread_binding(64, thread="blockIdx.x"):
        for t in T.thread_binding(30, thread="threadIdx.x"):
            W[b, t] = A[b, t] + T.float32(1)
    for b in T.thread_binding(64, thread="blockIdx.x"):
        for t in T.thread_binding(30, thread="threadIdx.x"):
            B[b, t] = W[b, t] * T.float32(2)
""",
    "W",
    "load",
    ("pad",),
    288,
    256,
    "64 requests of 120 bytes: rows begin 0, 24, 16 and 8 bytes into a sector and touch 4, 5, 5 and "
    "4 of them. From the start of a sector on they touch 4 each.",
)
KERNELS["naive transpose"] = Flawed(
    S_TIR.format(parameters=SQUARE)
    + """    for by in T.thread_binding(4, thread="blockIdx.y"):
        for bx in T.thread_binding(4, thread="blockIdx.x"):
            for ty in T.thread_binding(8, thread="threadIdx.y"):
                for tx in T.thread_binding(32, thread="threadIdx.x"):
                    for j in range(4):
                        B[bx * 32 + tx, by * 32 + j * 8 + ty] = A[by * 32 + j * 8 + ty, bx * 32 + tx]
"""
    + TRANSPOSED,
    "B",
    "store",
    ("tile",),
    16384,
    2048,
    "512 requests down a column of B: 32 sectors each. Along its rows 4 each.",
)

KERNELS["steps: rows on lanes"] = Flawed(
    SCHEDULED
    % (
        "vi, vj",
        "",
        """sch.bind(j, "blockIdx.x")
sch.bind(i, "threadIdx.x")
""",
    ),
    "A",
    "load",
    ("bind",),
    16384,
    2048,
    "128 columns of 4 requests, each down 32 rows: 32 sectors. 16384 words in rows: 2048 sectors.",
)
KERNELS["steps: four in a row"] = Flawed(
    SCHEDULED
    % (
        "vi, vj",
        "",
        """i0, i1 = sch.split(i, factors=[None, 4])
j0, j1 = sch.split(j, factors=[32, 4])
sch.reorder(i0, i1, j0, j1)
sch.bind(i0, "blockIdx.x")
sch.bind(i1, "threadIdx.y")
sch.bind(j0, "threadIdx.x")
""",
    ),
    "A",
    "load",
    ("vectorise",),
    8192,
    2048,
    "128 rows of 4 requests over 512 bytes, 16 sectors each; one of 16 bytes a lane has 16 sectors.",
)
KERNELS["steps: tile"] = Flawed(
    SCHEDULED
    % (
        "vj, vi",
        ".T",
        """i0, i1 = sch.split(i, factors=[4, 32])
j0, j1 = sch.split(j, factors=[4, 32])
sch.reorder(i0, j0, i1, j1)
cache = sch.cache_read(block, 0, "shared")
sch.compute_at(cache, j0)
sch.bind(i0, "blockIdx.y")
sch.bind(j0, "blockIdx.x")
sch.bind(i1, "threadIdx.y")
sch.bind(j1, "threadIdx.x")
*_, a, b = sch.get_loops(cache)
sch.bind(a, "threadIdx.y")
sch.bind(b, "threadIdx.x")
""",
    ),
    "A_shared",
    "load",
    ("pad",),
    16384,
    512,
    "16 blocks of 32 warps down a column of a tile of 32 words a row: 32 rounds each, then 1 each.",
)

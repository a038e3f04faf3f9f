"""Programs in which one known pass or schedule step gives an access its pattern."""

from typing import NamedTuple

from tests.support.programs.costs import fragments
from tests.support.programs.costs.planted_programs import (
    CACHED,
    IN_A_ROW,
    PADDING,
    PIPELINED,
    PLAIN,
    STRIDED,
    SUMS,
    own,
    transpose,
)


class PlantedCause(NamedTuple):
    """A program, and the cause and figures to be found of one access in it."""

    name: str
    text: str
    access: tuple[str, str]
    """What it does, and the buffer in the final stage."""
    cause: str
    """The number of the step, from 1, with its method, or the pass; empty for the user's own text."""
    width: int
    each: float
    """Sectors of one request in global memory, conflicts in shared memory."""
    lanes: float
    """Active lanes of one request."""
    why: str


PLANTED = (
    PlantedCause(
        "transposed bind",
        PLAIN + 'sch.bind(j, "blockIdx.x")\nsch.bind(i, "threadIdx.x")\n',
        ("load", "A"),
        "step 4, bind",
        4,
        32,
        32,
        "Lanes are rows of 512 bytes: 32 sectors. Until the second bind there are no lanes.",
    ),
    PlantedCause(
        "the other axis",
        PLAIN + 'sch.bind(i, "blockIdx.x")\nsch.bind(j, "threadIdx.x")\n',
        ("load", "A"),
        "step 4, bind",
        4,
        4,
        32,
        "Lanes are neighbours in a row: 128 bytes, 4 sectors.",
    ),
    PlantedCause(
        "fused in the wrong order",
        PLAIN
        + "sch.reorder(j, i)\nf = sch.fuse(j, i)\nx, t = sch.split(f, [None, 128])\n"
        + 'sch.bind(x, "blockIdx.x")\nsch.bind(t, "threadIdx.x")\n',
        ("store", "B"),
        "step 7, bind",
        4,
        32,
        32,
        "The fused loop runs down a column, which only matters once its inner part is bound.",
    ),
    PlantedCause(
        "split by the wrong factor",
        PLAIN
        + "f = sch.fuse(i, j)\nt, x = sch.split(f, [128, None])\n"
        + 'sch.bind(t, "threadIdx.x")\n',
        ("load", "A"),
        "step 5, bind",
        4,
        32,
        32,
        "Each thread has 128 elements in a row, so lanes are 512 bytes apart.",
    ),
    PlantedCause(
        "guarded tail",
        PLAIN
        + "f = sch.fuse(i, j)\nx, t = sch.split(f, [None, 192])\n"
        + 'sch.bind(x, "blockIdx.x")\nsch.bind(t, "threadIdx.x")\n',
        ("store", "B"),
        "step 6, bind",
        4,
        4,
        32,
        "16384 = 85 blocks of 192 threads and one of 64: whole warps all the same.",
    ),
    PlantedCause(
        "cache_read",
        own(IN_A_ROW, read="vi % 128 * 32", steps='sch.cache_read(b, 0, "shared")\n'),
        ("load", "A_shared"),
        "step 2, cache_read",
        4,
        31,
        32,
        "A stride of 32 words: in global memory 32 sectors, in shared memory one bank for all.",
    ),
    PlantedCause(
        "copy bound along its rows",
        CACHED + 'sch.bind(ax1, "threadIdx.x")\n',
        ("load", "A"),
        "step 12, bind",
        4,
        4,
        32,
        "compute_at leaves each thread to copy the whole tile, all lanes the same word: 1 sector. "
        "Bound along the rows the lanes are 128 bytes in a row.",
    ),
    PlantedCause(
        "copy left to each thread",
        CACHED,
        ("load", "A"),
        "step 10, compute_at",
        4,
        1,
        32,
        "Nobody divides the copy among the threads of its block: each copies all of the tile, and "
        "all lanes want the same word. Before this step the copy stands outside of the kernel.",
    ),
    PlantedCause(
        "column of a cached tile",
        CACHED + 'sch.bind(ax1, "threadIdx.x")\n',
        ("load", "A_shared"),
        "step 9, cache_read",
        4,
        31,
        32,
        "The cache is as large as A, 128 words a row, until it shrinks to the tile: 32 a row. Both "
        "strides put a column into one bank.",
    ),
    PlantedCause(
        "padding squeezed out",
        transpose(33),
        ("load", "S"),
        "CompactBufferAllocation",
        4,
        31,
        32,
        "Nobody touches column 32, so the pass makes it (32, 32): a column is one bank again.",
    ),
    PlantedCause(
        "no padding at all",
        transpose(32),
        ("load", "S"),
        "",
        4,
        31,
        32,
        "The user's own column of a tile of 32 words a row.",
    ),
    PlantedCause(
        "padding kept by an attribute",
        transpose(32, PADDING),
        ("load", "S"),
        "CompactBufferAllocation",
        4,
        0,
        32,
        "buffer_dim_align asks for 33 words a row; this pass gives the buffer such strides.",
    ),
    PlantedCause(
        "vectorize",
        own(STRIDED, steps="sch.vectorize(sch.get_loops(b)[-1])\n"),
        ("load", "A"),
        "step 2, vectorize",
        16,
        16,
        32,
        "Four words of a thread become one access of 16 bytes: 512 bytes in a row.",
    ),
    PlantedCause(
        "own vectorised loop",
        own(STRIDED, loop="T.vectorized(4)"),
        ("store", "B"),
        "",
        16,
        16,
        32,
        "VectorizeLoop only writes down what the loop says.",
    ),
    PlantedCause(
        "own stride",
        own(STRIDED),
        ("store", "B"),
        "",
        4,
        16,
        32,
        "Lanes are 16 bytes apart: 512 bytes, 16 sectors, a quarter of each.",
    ),
    PlantedCause(
        "own threads in a row",
        own(IN_A_ROW),
        ("store", "B"),
        "",
        4,
        4,
        32,
        "128 bytes in a row.",
    ),
    PlantedCause(
        "unrolled",
        own(IN_A_ROW, steps="sch.unroll(sch.get_loops(b)[-1])\n"),
        ("store", "B"),
        "",
        4,
        4,
        32,
        "Four stores of one, each like the one that the user wrote.",
    ),
    PlantedCause(
        "reordered rounds",
        own(IN_A_ROW, steps="k = sch.get_loops(b)[-1]\nsch.split(k, [2, 2])\n"),
        ("load", "A"),
        "",
        4,
        4,
        32,
        "The order of a thread's own rounds changes no request.",
    ),
    PlantedCause(
        "transform_layout",
        transpose(32)
        + '\nsch = tvm.tir.Schedule(main)\ns = sch.get_sblock("S")\n'
        + 'sch.transform_layout(s, ("write", 0), lambda r, c: (c, r))\n',
        ("store", "S"),
        "step 2, transform_layout",
        4,
        31,
        32,
        "The tile is laid out by columns, so what was put as a row goes to one bank.",
    ),
    PlantedCause(
        "reduction across threads",
        SUMS + 'sch.bind(k, "threadIdx.x")\n',
        ("store", "B"),
        "LowerCrossThreadReduction",
        4,
        1,
        1,
        "Every thread would add to B; the pass lets one write the sum.",
    ),
    PlantedCause(
        "sums of warps",
        SUMS + 'sch.bind(k, "threadIdx.x")\n',
        ("store", "red_buf_staging"),
        "LowerThreadAllreduce",
        4,
        0,
        1,
        "Of each warp one lane puts its sum into shared memory, which this pass makes.",
    ),
    PlantedCause(
        "default schedule",
        PLAIN.partition("\nsch =")[0],
        ("load", "A"),
        "default schedule",
        4,
        4,
        32,
        "dlight fuses the loops and binds the inner part: neighbours in a row.",
    ),
    PlantedCause(
        "default schedule of a column",
        PLAIN.partition("\nsch =")[0].replace("A[vi, vj]", "A[vj, vi]"),
        ("load", "A"),
        "default schedule",
        4,
        32,
        32,
        "The same threads read a column: rows of 512 bytes apart.",
    ),
    PlantedCause(
        "double buffered",
        PIPELINED,
        ("load", "A"),
        "step 11, bind",
        4,
        4,
        32,
        "InjectSoftwarePipeline copies it in front of the loop and to the next round; both copies go "
        "along rows, as the lanes do since they are bound.",
    ),
    PlantedCause(
        "column of a double buffered tile",
        PIPELINED,
        ("load", "A_shared"),
        "step 9, cache_read",
        4,
        31,
        32,
        "Each lane sums up a row of the tile: lanes are 32 words apart in either version of it.",
    ),
    PlantedCause(
        "rows of a fragment squeezed together",
        fragments.copy(row=24),
        ("fragment", "S"),
        "CompactBufferAllocation",
        2,
        0,
        32,
        "Of rows of 24 halves nobody touches the last 8, so the pass makes the tile (16, 16): the "
        "rows that the fragment is loaded from are 32 bytes apart instead of 48.",
    ),
    PlantedCause(
        "own fragment",
        fragments.copy(),
        ("fragment", "C"),
        "",
        2,
        16,
        32,
        "16 rows of 32 bytes, each a sector: the user's own store.",
    ),
)

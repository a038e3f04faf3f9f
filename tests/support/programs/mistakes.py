"""Programs with one mistake each, and the finding that the emulator must report.

In a program ``# 1`` ends the line of the finding's first thread, ``# 2`` that of the second. In a
mutation of an emitted text the lines are identified by their text.
"""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """A kernel in TVMScript: ``body`` runs in 2 blocks of 128 threads unless ``text`` is given."""

    name: str
    kind: str
    body: str
    buffer: str = ""
    extra: str = ""
    blocks: int = 2


HEAD = """
@T.prim_func
def main(A: T.Buffer((256,), "float32"), B: T.Buffer((256,), "float32")):
    for bx in T.thread_binding({blocks}, thread="blockIdx.x"):
        for tx in T.thread_binding(128, thread="threadIdx.x"):
{body}

def reference(A):
    return A
"""


def text_of(mistake: Mistake) -> str:
    """Return a program's text."""
    lines = mistake.body.strip("\n").split("\n")
    return HEAD.format(body="\n".join(" " * 12 + line for line in lines), blocks=mistake.blocks)


PROGRAMS = (
    Mistake("off_by_one_read", "bounds", "B[bx * 128 + tx] = A[bx * 128 + tx + 1]  # 1", "A"),
    Mistake("negative_index", "bounds", "B[bx * 128 + tx] = A[bx * 128 + tx - 1]  # 1", "A"),
    Mistake("missing_guard", "bounds", "B[bx * 128 + tx] = A[tx]  # 1", "B", blocks=3),
    Mistake("swapped_strides", "bounds", "B[tx * 128 + bx] = A[bx * 128 + tx]  # 1", "B"),
    Mistake(
        "overflow_of_shared_memory",
        "bounds",
        """
S = T.alloc_buffer((128,), "float32", scope="shared")
S[tx] = A[bx * 128 + tx]
T.tvm_storage_sync("shared")
B[bx * 128 + tx] = S[tx + 1]  # 1
""",
        "S",
    ),
    Mistake(
        "overflow_of_local_memory",
        "bounds",
        """
L = T.alloc_buffer((4,), "float32", scope="local")
for i in range(5):
    L[i] = A[tx]  # 1
B[bx * 128 + tx] = L[0]
""",
        "L",
    ),
    Mistake("everyone_writes_one", "race", "B[0] = A[bx * 128 + tx]  # 1 # 2", "B"),
    Mistake("double_write", "race", "B[(bx * 128 + tx) // 2] = A[tx]  # 1 # 2", "B"),
    Mistake("race_between_blocks", "race", "B[tx] = A[bx * 128 + tx]  # 1 # 2", "B"),
    Mistake("lost_sum", "race", "B[0] = B[0] + A[tx]  # 1 # 2", "B", blocks=1),
    Mistake(
        "neighbour_in_place", "race", "B[bx * 128 + tx] = B[255 - bx * 128 - tx]  # 1 # 2", "B"
    ),
    Mistake(
        "aliased_buffers",
        "race",
        """
S = T.alloc_buffer((192,), "float32", scope="shared")
Left = T.decl_buffer((128,), data=S.data, scope="shared")
Right = T.decl_buffer((128,), data=S.data, elem_offset=64, scope="shared")
Left[tx] = A[bx * 128 + tx]  # 1
Right[tx] = A[tx] * T.float32(2)  # 2
T.tvm_storage_sync("shared")
B[bx * 128 + tx] = Left[127 - tx] + Right[127 - tx]
""",
        "S",
    ),
    Mistake(
        "race_within_a_warp",
        "race",
        """
S = T.alloc_buffer((128,), "float32", scope="shared")
S[tx] = A[bx * 128 + tx]  # 2
S[tx // 2 * 2 + 1 - tx % 2] = A[tx] * T.float32(2)  # 1
T.tvm_storage_sync("shared")
B[bx * 128 + tx] = S[tx]
""",
        "S",
    ),
    Mistake(
        "uninitialised_accumulator",
        "uninitialised",
        """
L = T.alloc_buffer((1,), "float32", scope="local")
for i in range(4):
    L[0] = L[0] + A[tx]  # 2
B[bx * 128 + tx] = L[0]  # 1
""",
        "B",
    ),
    Mistake(
        "missing_halo",
        "uninitialised",
        """
S = T.alloc_buffer((130,), "float32", scope="shared")
S[tx] = A[bx * 128 + tx]
T.tvm_storage_sync("shared")
B[bx * 128 + tx] = S[tx] + S[tx + 2]  # 1 # 2
""",
        "B",
    ),
    Mistake(
        "half_initialised",
        "uninitialised",
        """
S = T.alloc_buffer((128,), "float32", scope="shared")
if tx < 64:
    S[tx] = A[bx * 128 + tx]
T.tvm_storage_sync("shared")
B[bx * 128 + tx] = S[tx]  # 1 # 2
""",
        "B",
    ),
    Mistake(
        "decided_by_what_nobody_wrote",
        "uninitialised",
        """
L = T.alloc_buffer((1,), "float32", scope="local")
if tx < 64:
    L[0] = A[bx * 128 + tx]
if L[0] > T.float32(0):  # 2
    B[bx * 128 + tx] = T.float32(1)
else:
    B[bx * 128 + tx] = T.float32(0)  # 1
""",
        "B",
    ),
    Mistake(
        "uninitialised_index",
        "uninitialised",
        """
S = T.alloc_buffer((128,), "int32", scope="shared")
if tx < 64:
    S[tx] = tx
T.tvm_storage_sync("shared")
i = S[tx] & 127  # 2
B[bx * 128 + tx] = A[i]  # 1
""",
        "B",
    ),
    Mistake(
        "barrier_in_a_branch",
        "barrier",
        """
S = T.alloc_buffer((128,), "float32", scope="shared")
S[tx] = A[bx * 128 + tx]
if tx < 16:
    T.tvm_storage_sync("shared")  # 1
B[bx * 128 + tx] = S[tx]
""",
    ),
    Mistake(
        "barrier_in_a_loop_of_its_own_length",
        "barrier",
        """
S = T.alloc_buffer((128,), "float32", scope="shared")
S[tx] = A[bx * 128 + tx]
for i in range(tx % 2 + 1):
    T.tvm_storage_sync("shared")  # 1
B[bx * 128 + tx] = S[tx]
""",
    ),
    Mistake(
        "shuffle_in_a_branch",
        "warp",
        """
B[bx * 128 + tx] = A[tx]
if tx % 32 < 16:
    B[bx * 128 + tx] = T.tvm_warp_shuffle_down(T.uint32(0xFFFFFFFF), A[tx], 1, 32, 32)  # 1
T.tvm_storage_sync("shared")
""",
    ),
    Mistake(
        "wrong_shuffle_mask",
        "warp",
        """
B[bx * 128 + tx] = T.tvm_warp_shuffle_down(T.uint32(0xFFFF), A[tx], 1, 32, 32)  # 1
""",
    ),
    Mistake(
        "shuffle_from_a_lane_outside_of_the_mask",
        "uninitialised",
        """
B[bx * 128 + tx] = A[tx]
if tx % 32 < 16:
    B[bx * 128 + tx] = T.tvm_warp_shuffle_down(T.uint32(0xFFFF), A[tx], 8, 32, 32)  # 1
""",
        "B",
    ),
    Mistake(
        "index_overflow",
        "overflow",
        "i = bx * 128 + tx\nB[i] = A[i * i * i * i * i % 256]  # 1",
    ),
    Mistake(
        "overflow_at_the_end_of_a_line",
        "overflow",
        """
i = bx * 128 + tx
B[i] = A[i] + T.Cast("float32", i + 2147483600)  # 1
B[i] = A[i]
""",
    ),
    Mistake(
        "index_out_of_bounds_by_overflow",
        "overflow",
        "i = bx * 128 + tx\nB[i] = A[i * i * i * i * i // 16777216]  # 1",
    ),
)


class Mutation(NamedTuple):
    """A mistake in an emitted text: the ``number``-th ``old`` of an example's CUDA text changed.

    ``first`` and ``second`` stand in the lines of the finding's threads.
    """

    name: str
    example: str
    old: str
    new: str
    kind: str
    first: str
    second: str = ""
    number: int = 0


MUTATIONS = (
    Mutation(
        "first_barrier_removed",
        "matmul_gpu",
        "__syncthreads();",
        "",
        "race",
        "A_shared_ptr[((((int)threadIdx.y) * 16) + ((int)threadIdx.x))] =",
        "C_local_ptr[0] + ",
    ),
    Mutation(
        "second_barrier_removed",
        "matmul_gpu",
        "__syncthreads();",
        "",
        "race",
        "C_local_ptr[0] + ",
        "A_shared_ptr[((((int)threadIdx.y) * 16) + ((int)threadIdx.x))] =",
        number=1,
    ),
    Mutation(
        "transpose_without_a_barrier",
        "transpose_shared",
        "__syncthreads();",
        "",
        "race",
        "B_ptr[",
        "tile_ptr[",
    ),
    Mutation(
        "reduction_without_a_barrier",
        "reduce_sum",
        "__syncthreads();",
        "",
        "race",
        "red_buf_staging_ptr[(((int)threadIdx.x) >> 5)] =",
        "red_buf_staging_ptr[((int)threadIdx.x)]",
    ),
    Mutation(
        "everyone_keeps_the_sum",
        "reduce_sum",
        "if (((int)threadIdx.x) == 0) {",
        "if (1) {",
        "race",
        "((volatile float*)red_result_ptr)[0] =",
        "((volatile float*)red_result_ptr)[0] =",
    ),
    Mutation(
        "threads_that_leave_before_a_barrier",
        "reduce_sum",
        "alignas(64) float S_rf_local_ptr[1];",
        "alignas(64) float S_rf_local_ptr[1]; if (threadIdx.x >= 256) return;",
        "barrier",
        "__syncthreads();",
    ),
    Mutation(
        "mask_of_half_a_warp",
        "softmax",
        "mask_ptr[0] = __activemask();",
        "mask_ptr[0] = 0x0000ffff;",
        "warp",
        "__shfl_down_sync(",
    ),
    Mutation(
        "accumulator_without_its_zero",
        "matmul_gpu",
        "C_local_ptr[0] = 0x0p+0f/*0.000000e+00*/;",
        "",
        "uninitialised",
        "C_ptr[",
        "C_local_ptr[0] + ",
    ),
    Mutation(
        "wrong_axis_reduced",
        "reduce_sum",
        "(((int)blockIdx.x) * 512) + ((int)threadIdx.x)",
        "(((int)threadIdx.x) * 512) + ((int)blockIdx.x)",
        "bounds",
        "A_ptr[",
    ),
    Mutation(
        "tile_one_row_too_short",
        "transpose_shared",
        "tile_ptr[1056];",
        "tile_ptr[1023];",
        "bounds",
        "tile_ptr[",
    ),
)

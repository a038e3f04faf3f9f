"""Edits that may lower the cost of an access: what is proposed, and what it makes of the text."""

from __future__ import annotations

import pytest

from tests.support.programs.costs.flawed_kernels import KERNELS, S_TIR, SQUARE
from viz.frontend.cost_edits.patterns import FlawedAccess, flawed_accesses
from viz.frontend.cost_edits.proposals import proposals
from viz.frontend.program import read
from viz.frontend.schedule.code import schedule_of
from viz.model import AccessSite, Cost, Figures, KernelCost, WarpRequest
from viz.text import Patched, Span


def edits(text, access, flaw, *, store=False, width=4, buffer=None, worst=None):
    """Return the proposals for an access whose text stands once, as pairs of kind and text."""
    program = read(text)
    start = text.index(access) if access else 0
    own = Span(start, start + len(access)) if access else None
    site = AccessSite(
        span=Span(0, 1),
        kind="store" if store else "load",
        space="shared" if flaw == "conflicts" else "global",
        buffer=buffer or access.partition("[")[0],
        width=width,
        figures=Figures(),
        worst=worst,
        own=own,
    )
    code = schedule_of(program.schedules, program.definitions[0].name)
    found = proposals(program, code, FlawedAccess(flaw, site, 32.0))
    return [(each.kind, Patched(text, each.patches).string) for each in found]


def changed(text, edited):
    """Return the lines that an edit brings in."""
    return [line.strip() for line in edited.splitlines() if line not in text.splitlines()]


def of_kind(found, kind):
    return [text for each, text in found if each == kind]


def test_a_tile_without_blocks_becomes_flat_with_longer_rows():
    text = KERNELS["tile"].text
    flat = of_kind(edits(text, "S[tx, k * 8 + ty]", "conflicts"), "pad")[0]
    assert changed(text, flat) == [
        'S = T.sblock_alloc_buffer((1056,), "float32", scope="shared")',
        "S[(j * 8 + ty) * 33 + tx] = A[by * 32 + j * 8 + ty, bx * 32 + tx]",
        "B[bx * 32 + k * 8 + ty, by * 32 + tx] = S[tx * 33 + k * 8 + ty]",
    ]


def test_rows_of_an_odd_length_keep_it():
    text = KERNELS["tile of 33 columns, one of them unused"].text
    flat = of_kind(edits(text, "S[tx, k * 8 + ty]", "conflicts"), "pad")[0]
    assert "(1056,)" in flat  # 32 rows of 33: 34 would put two rows into each bank
    assert "S[tx * 33 + k * 8 + ty]" in flat


def test_a_block_that_writes_the_tile_gets_an_attribute():
    text = KERNELS["tile in blocks"].text
    aligned = of_kind(edits(text, "tile[vi, vj]\n".strip(), "conflicts"), "pad")[0]
    assert changed(text, aligned) == ['T.sblock_attr({"buffer_dim_align": [[0, 0, 32, 1]]})']


def test_an_attribute_joins_those_that_a_block_has():
    text = KERNELS["tile in blocks"].text
    own = '                            T.sblock_attr({"pragma": 1})\n'
    at = text.index("                            tile[vi, vj] = ")
    text = text[:at] + own + text[at:]
    aligned = of_kind(edits(text, "tile[vi, vj]", "conflicts"), "pad")[0]
    assert changed(text, aligned) == [
        'T.sblock_attr({"pragma": 1, "buffer_dim_align": [[0, 0, 32, 1]]})'
    ]


def test_a_tile_of_tirx_is_declared_with_longer_rows_first():
    text = KERNELS["tile of TIRx"].text
    padded = of_kind(edits(text, "S[thread, i]", "conflicts"), "pad")[0]
    assert changed(text, padded) == ['S = T.alloc_shared((32, 33), "float32")']


def test_rows_stay_multiples_of_what_a_lane_wants():
    text = KERNELS["tile"].text
    flat = of_kind(edits(text, "S[tx, k * 8 + ty]", "conflicts", width=16), "pad")[0]
    assert "S[tx * 36 + k * 8 + ty]" in flat  # 9 vectors of 4 elements
    assert not of_kind(edits(text, "S[tx, k * 8 + ty]", "conflicts", width=16), "swizzle")


def test_halves_that_share_a_word_stay_together():
    text = KERNELS["tile"].text.replace('(32, 32), "float32"', '(32, 64), "float16"')
    (permuted,) = of_kind(edits(text, "S[tx, k * 8 + ty]", "conflicts", width=2), "swizzle")
    assert "S[tx, (k * 8 + ty) ^ (tx * 2)]" in permuted
    flat = of_kind(edits(text, "S[tx, k * 8 + ty]", "conflicts", width=2), "pad")[0]
    assert "S[tx * 66 + k * 8 + ty]" in flat  # 33 words


def test_a_tile_whose_regions_are_named_is_not_written_anew():
    text = KERNELS["tile in blocks"].text.replace(
        "tile[vi, vj] = A[vi, vj]",
        "T.writes(tile[vi, vj : vj + 1])\n                            tile[vi, vj] = A[vi, vj]",
    )
    found = edits(text, "tile[vi, vj] = ".removesuffix(" = "), "conflicts")
    assert not of_kind(found, "swizzle")
    assert all("(128 *" not in each for _, each in found)


def test_loops_on_threads_exchange_their_axes():
    text = KERNELS["columns on lanes"].text
    (bound,) = of_kind(edits(text, "A[r, c]", "scattered"), "bind")
    assert changed(text, bound) == [
        'for c in T.thread_binding(64, thread="threadIdx.x"):',
        'for r in T.thread_binding(128, thread="blockIdx.x"):',
    ]


def test_a_serial_loop_and_that_of_the_lanes_change_places():
    text = KERNELS["row of a thread"].text
    (swapped,) = of_kind(edits(text, "A[b * 32 + r, c]", "scattered"), "swap")
    assert changed(text, swapped) == [
        'for c in T.thread_binding(128, thread="threadIdx.x"):',
        "for r in range(32):",
    ]


def test_loops_with_something_between_them_stay():
    text = KERNELS["row of a thread"].text.replace(
        "            for c in range(128):",
        "            B[0, r] = T.float32(0)\n            for c in range(128):",
    )
    assert not of_kind(edits(text, "A[b * 32 + r, c]", "scattered"), "swap")


def test_a_short_loop_becomes_a_vector_and_a_long_one_is_split():
    text = KERNELS["four in a row"].text
    vector = of_kind(edits(text, "A[b * 1024 + t * 4 + k]", "scattered"), "vectorise")[0]
    assert changed(text, vector) == ["for k in T.vectorized(4):"]
    text = KERNELS["sixteen in a row"].text
    split = of_kind(edits(text, "A[b * 1024 + t * 16 + k]", "scattered"), "vectorise")[0]
    assert changed(text, split) == [
        "for k_0 in range(4):",
        "for k_v_0 in T.vectorized(4):",
        "B[b * 1024 + t * 16 + (k_0 * 4 + k_v_0)] = A[b * 1024 + t * 16 + (k_0 * 4 + k_v_0)]",
    ]


def test_loops_of_a_grid_are_taken_out_split_and_swapped():
    text = KERNELS["four in a row, in a grid"].text
    access = "A[b * 2048 + j * 1024 + t * 4 + k]"
    vector = of_kind(edits(text, access, "scattered"), "vectorise")[0]
    store = "B[b * 2048 + j * 1024 + t * 4 + k] = A[b * 2048 + j * 1024 + t * 4 + k]"
    assert changed(text, vector) == [
        "for j in T.serial(2):",
        "for k in T.vectorized(4):",
        store,
    ]
    long = text.replace("T.grid(2, 4)", "T.grid(2, 2, 8)").replace("for j, k", "for i, j, k")
    split = of_kind(edits(long, access, "scattered"), "vectorise")[0]
    assert changed(long, split)[:2] == [
        "for i, j, k_0 in T.grid(2, 2, 2):",
        "for k_v_0 in T.vectorized(4):",
    ]
    assert "t * 4 + (k_0 * 4 + k_v_0)]" in split
    text = KERNELS["row of a thread, in a grid"].text
    _, swapped = of_kind(edits(text, "A[b * 32 + r, h * 64 + c]", "scattered"), "swap")
    assert changed(text, swapped) == [
        'for c in T.thread_binding(64, thread="threadIdx.x"):',
        "for h, r in T.grid(2, 32):",
    ]


def test_threads_are_numbered_from_the_start_of_a_sector():
    text = KERNELS["all but the edges"].text
    request = WarpRequest((0, 0, 0), 0, tuple(range(4, 132, 4)))
    together, each = of_kind(edits(text, "A[b *", "misaligned", worst=request), "align")
    assert changed(text, together) == [
        'for b in T.thread_binding(33, thread="blockIdx.x"):',
        "if 1 <= b * 256 + t and b * 256 + t < 8193:",
        "B[b * 256 + (t - 1) + 1] = A[b * 256 + (t - 1) + 1] * T.float32(2)",
    ]
    assert changed(text, each)[:2] == [
        'for t in T.thread_binding(257, thread="threadIdx.x"):',
        "if t >= 1:",
    ]
    # A block that is used by itself has to keep its threads.
    rows = text.replace("* T.float32(2)", "* T.Cast('float32', b)")
    assert len(of_kind(edits(rows, "A[b *", "misaligned", worst=request), "align")) == 1
    # From the middle of an element no whole number of threads leads to a sector.
    between = WarpRequest((0, 0, 0), 0, tuple(range(2, 130, 4)))
    assert not of_kind(edits(text, "A[b *", "misaligned", worst=between), "align")


def test_rows_of_a_buffer_of_ones_own_begin_with_a_sector():
    text = KERNELS["rows of 120 bytes"].text
    flat, longer = of_kind(edits(text, "W[b, t] *", "misaligned", buffer="W"), "pad")
    assert 'W = T.sblock_alloc_buffer((2048,), "float32")' in changed(text, flat)
    assert changed(text, longer) == ['W = T.sblock_alloc_buffer((64, 32), "float32")']
    assert not edits(text, "A[b, t]", "misaligned")  # others know how its rows lie


def test_lanes_take_elements_in_turns():
    text = KERNELS["sixteen in a row"].text
    (turns,) = of_kind(edits(text, "A[b * 1024 + t * 16 + k]", "scattered"), "interleave")
    assert changed(text, turns) == ["B[b * 1024 + k * 64 + t] = A[b * 1024 + k * 64 + t]"]


def test_lanes_keep_their_elements_where_they_count_for_more():
    text = KERNELS["sixteen in a row"].text.replace(" = A[", " = T.Cast('float32', t) + A[")
    assert not of_kind(edits(text, "A[b * 1024 + t * 16 + k]", "scattered"), "interleave")


def test_a_transposed_copy_goes_through_a_tile():
    text = KERNELS["naive transpose"].text
    access = "B[bx * 32 + tx, by * 32 + j * 8 + ty]"
    (tiled,) = of_kind(edits(text, access, "scattered", store=True), "tile")
    assert changed(text, tiled) == [
        'tile_0 = T.sblock_alloc_buffer((1056,), "float32", scope="shared")',
        "tile_0[(j * 8 + ty) * 33 + tx] = A[by * 32 + j * 8 + ty, bx * 32 + tx]",
        "B[bx * 32 + j * 8 + ty, by * 32 + tx] = tile_0[tx * 33 + j * 8 + ty]",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # The square would be of other threads than those that the condition lets through.
        ("B[bx * 32 + tx,", "if tx < 9:\n                            B[bx * 32 + tx,"),
        # What a thread reads depends on who it is.
        ("= A[by", "= T.Cast('float32', tx) * B[tx, ty] + A[by"),
        ("by * 32 + j * 8 + ty] =", "by * 32 + (j * 8 + ty) % 7] ="),
    ],
)
def test_other_statements_do_not_go_through_a_tile(old, new):
    text = KERNELS["naive transpose"].text.replace(old, new, 1)
    access = "B[bx * 32 + tx, by * 32"
    assert not of_kind(edits(text, access, "scattered", store=True), "tile")


def test_steps_are_added_and_changed():
    text = KERNELS["steps: tile"].text
    padded = of_kind(edits(text, "", "conflicts", buffer="A_shared"), "pad")
    assert [changed(text, each) for each in padded] == [
        ["sch.storage_align(cache, 0, axis=-2, factor=32, offset=1)"],
        ['sch.storage_align(sch.get_sblock("A_shared"), 0, axis=-2, factor=32, offset=1)'],
    ]
    text = KERNELS["steps: four in a row"].text
    vector = of_kind(edits(text, "A[vi, vj]", "scattered"), "vectorise")[0]
    assert changed(text, vector) == ["sch.vectorize(j1)"]
    assert changed(text, of_kind(edits(text, "A[vi, vj]", "scattered"), "bind")[0]) == [
        'sch.bind(i0, "threadIdx.x")',
        'sch.bind(j0, "blockIdx.x")',
    ]


# ---------------------------------------------------------------- patterns


def kernel(**site):
    whole = {"span": Span(0, 1), "kind": "load", "space": "global", "buffer": "A", "width": 4}
    return Cost((KernelCost("k", 1, (1, 1, 1), (32, 1, 1), 1, 1, (AccessSite(**whole | site),)),))


def request(offsets):
    return WarpRequest((0, 0, 0), 0, tuple(offsets))


def test_patterns_are_told_from_figures():
    apart = request(range(0, 32 * 256, 256))
    cost = kernel(figures=Figures(sectors=32, ideal_sectors=4, requests=1), worst=apart)
    assert [each.flaw for each in flawed_accesses(cost)] == ["scattered"]
    shifted = request(range(4, 132, 4))
    cost = kernel(figures=Figures(sectors=5, ideal_sectors=4, requests=1), worst=shifted)
    assert [each.flaw for each in flawed_accesses(cost)] == ["misaligned"]
    figures = Figures(wavefronts=32, ideal_wavefronts=1, requests=1)
    cost = kernel(figures=figures, space="shared", worst=apart)
    assert [(each.flaw, each.times) for each in flawed_accesses(cost)] == [("conflicts", 32.0)]
    assert not flawed_accesses(kernel(figures=Figures(sectors=4, ideal_sectors=4, requests=1)))


def test_an_access_that_the_text_does_not_have_has_no_edit():
    text = S_TIR.format(parameters=SQUARE) + "    B[0, 0] = A[0, 0]\n"
    assert edits(text, "A[0, 0]", "scattered", buffer="cache") == []

"""All threads of some blocks run at once, and make the accesses that each of them would make.

The expected numbers come from the index functions, as their reasons say, not from our code.
"""

import numpy as np
import pytest

from viz.frontend.program import read
from viz.ir.parse import parse
from viz.ir.walker import walk
from viz.model import Figures
from viz.step.accesses import loops, machine
from viz.step.accesses.machine import UnableError
from viz.step.accesses.run import accesses

HEAD = """
@T.prim_func(s_tir=True)
def main({parameters}):
    T.func_attr({{"tirx.noalias": True}})
"""


def kernel(parameters, blocks, threads, body):
    """A kernel of ``blocks`` blocks ``b`` of ``threads`` threads ``t``."""
    lines = "".join(f"            {line}\n" for line in body.strip().split("\n"))
    return (
        HEAD.format(parameters=parameters)
        + f'    for b in T.thread_binding({blocks}, thread="blockIdx.x"):\n'
        + f'        for t in T.thread_binding({threads}, thread="threadIdx.x"):\n'
        + lines
    )


def ran(text, blocks=1000, **arrays):
    """Return what each access of the program costs, by what it does and the buffer."""
    parsed = parse(read(text))
    found = accesses([walk(parsed.mod)], "main", arrays, blocks=blocks)
    sites = {}
    for (_, kind, _, width, buffer, _), figures in found.sites.items():
        before = sites.get((kind, buffer, width), Figures())
        sites[kind, buffer, width] = before + figures
    return sites


def zeros(*shape, dtype="float32"):
    return np.zeros(shape, dtype)


FLOATS = 'A: T.Buffer(({},), "float32"), B: T.Buffer(({},), "float32")'


def test_a_guard_leaves_lanes_out():
    text = kernel(
        FLOATS.format(1000, 1000),
        4,
        256,
        "if b * 256 + t < 1000:\n    B[b * 256 + t] = A[b * 256 + t]",
    )
    found = ran(text, A=zeros(1000), B=zeros(1000))
    # 1000 = 31 warps of 32 and one of 8 lanes, whose words lie in one sector.
    for kind, buffer in (("load", "A"), ("store", "B")):
        figures = found[kind, buffer, 4]
        assert (figures.requests, figures.lanes, figures.sectors) == (32, 1000, 31 * 4 + 1)


def test_lanes_that_skip_rounds_are_requests_of_their_own():
    body = "for i in range(4):\n    if i % 2 == t % 2:\n        B[i * 32 + t] = A[i * 32 + t]"
    found = ran(kernel(FLOATS.format(128, 128), 1, 32, body), A=zeros(128), B=zeros(128))
    # Each of the four rounds is one request of the sixteen lanes that do not skip it.
    assert (found["load", "A", 4].requests, found["load", "A", 4].lanes) == (4, 64)


def test_rows_of_different_lengths():
    text = kernel(
        'P: T.Buffer((33,), "int32"), A: T.Buffer((64,), "float32"), B: T.Buffer((32,), "float32")',
        1,
        32,
        "for i in range(P[t + 1] - P[t]):\n    B[t] = B[t] + A[P[t] + i]",
    )
    starts = np.array([0, *np.cumsum([1 + (lane % 3 == 0) * 2 for lane in range(32)])], "int32")
    found = ran(text, P=starts, A=zeros(64), B=zeros(32))
    # All 32 rows have a first element, lanes 0, 3, .. 30 two more of them.
    loads = found["load", "A", 4]
    assert (loads.requests, loads.lanes) == (3, 32 + 11 + 11)


def test_a_vectorised_loop_is_one_access_of_all_its_bytes():
    body = "for v in T.vectorized(4):\n    B[b * 128 + t * 4 + v] = A[b * 128 + t * 4 + v]"
    found = ran(kernel(FLOATS.format(512, 512), 4, 32, body), A=zeros(512), B=zeros(512))
    assert set(found) == {("load", "A", 16), ("store", "B", 16)}
    assert found["load", "A", 16].sectors == 4 * 16


def test_a_vectorised_loop_over_elements_apart_is_one_access_each():
    body = "for v in T.vectorized(4):\n    B[b * 128 + v * 32 + t] = A[b * 128 + t * 4 + v]"
    found = ran(kernel(FLOATS.format(512, 512), 4, 32, body), A=zeros(512), B=zeros(512))
    # Four stores of 128 bytes in a row by each of the four warps.
    assert (found["store", "B", 4].requests, found["store", "B", 4].sectors) == (16, 64)
    assert found["load", "A", 16].requests == 4


def test_what_all_lanes_of_a_vector_share_is_read_for_each():
    body = "for v in T.vectorized(4):\n    B[t * 4 + v] = A[t]"
    found = ran(kernel(FLOATS.format(32, 128), 1, 32, body), A=zeros(32), B=zeros(128))
    # CUDA's text is make_float4(A[t], A[t], A[t], A[t]).
    assert (found["load", "A", 4].requests, found["store", "B", 16].requests) == (4, 1)


def test_of_a_choice_only_the_chosen_side_is_read():
    body = "B[t] = T.if_then_else(t < 8, A[t], A[t + 32])"
    found = ran(kernel(FLOATS.format(64, 32), 1, 32, body), A=zeros(64), B=zeros(32))
    parsed = parse(read(kernel(FLOATS.format(64, 32), 1, 32, body)))
    by_node = accesses([walk(parsed.mod)], "main", {"A": zeros(64), "B": zeros(32)}, blocks=1).sites
    lanes = sorted(f.lanes for key, f in by_node.items() if key[1] == "load")
    assert lanes == [8, 24]
    assert found["store", "B", 4].lanes == 32


def test_values_that_a_loop_hands_on_decide():
    body = """
at = T.sblock_alloc_buffer((1,), "int32", scope="local")
at[0] = t
while at[0] < 64:
    B[at[0]] = A[at[0]]
    at[0] = at[0] + 16
"""
    found = ran(kernel(FLOATS.format(64, 64), 1, 32, body), A=zeros(64), B=zeros(64))
    # Lane 0 goes to 0, 16, 32, 48, lane 31 to 31, 47, 63: lanes below 16 have four rounds.
    loads = found["load", "A", 4]
    assert (loads.requests, loads.lanes) == (4, 3 * 32 + 16)


def test_a_round_that_is_left_early_makes_no_further_accesses():
    body = """
for i in range(8):
    if i > t % 4:
        T.evaluate(T.break_loop())
    B[t] = A[t * 8 + i]
"""
    found = ran(kernel(FLOATS.format(256, 32), 1, 32, body), A=zeros(256), B=zeros(32))
    # Lanes with t % 4 == k make k + 1 rounds: eight lanes of each kind, 1 + 2 + 3 + 4 rounds.
    assert (found["load", "A", 4].requests, found["load", "A", 4].lanes) == (4, 8 * 10)


def test_rounds_run_at_once_are_the_same_as_one_after_the_other(monkeypatch):
    body = """
for i in range(6):
    for j in range(5):
        if i + j < t % 7:
            B[t] = A[t * 30 + i * 5 + j] + A[i]
"""
    text = kernel(FLOATS.format(960, 32), 1, 32, body)
    at_once = ran(text, A=zeros(960), B=zeros(32))
    monkeypatch.setattr(loops, "MOST_AT_ONCE", 1)
    assert ran(text, A=zeros(960), B=zeros(32)) == at_once
    # The condition, counted thread by thread and round by round.
    rounds = sum(i + j < t % 7 for t in range(32) for i in range(6) for j in range(5))
    assert at_once["store", "B", 4].lanes == rounds
    assert at_once["load", "A", 4].lanes == 2 * rounds


def test_only_the_first_blocks_run_in_the_order_of_their_numbers():
    text = (
        HEAD.format(parameters=FLOATS.format(1024, 1024))
        + """
    for y in T.thread_binding(4, thread="blockIdx.y"):
        for x in T.thread_binding(8, thread="blockIdx.x"):
            for t in T.thread_binding(32, thread="threadIdx.x"):
                if x < 3:
                    B[y * 256 + x * 32 + t] = A[y * 256 + x * 32 + t]
"""
    )
    # Ten blocks: all eight of y = 0, of which three write, and x = 0, 1 of y = 1.
    assert ran(text, blocks=10, A=zeros(1024), B=zeros(1024))["store", "B", 4].requests == 5


def test_a_strided_argument_is_read_by_its_strides():
    text = (
        HEAD.format(parameters="a: T.handle, b: T.handle")
        + """
    s = T.int32()
    A = T.match_buffer(a, (32,), "float32", strides=[s])
    B = T.match_buffer(b, (32,), "float32")
    for t in T.thread_binding(32, thread="threadIdx.x"):
        B[t] = A[t]
"""
    )
    # Elements 32 bytes apart: each in a sector of its own.
    found = ran(text, a=np.zeros(256, "float32")[::8], b=zeros(32))
    assert found["load", "A", 4].sectors == 32


@pytest.mark.parametrize(
    ("threads", "body"),
    [
        (1 << 20, "B[t] = A[t]"),
        (32, "while T.bool(True):\n    B[t] = A[t]"),
        (32, "for i in range(1 << 30):\n    if A[t] > T.float32(1):\n        A[t] = A[i]"),
    ],
)
def test_what_takes_too_long_ends(threads, body, monkeypatch):
    monkeypatch.setattr(machine, "MOST_ROUNDS", 1000)
    with pytest.raises(UnableError):
        ran(kernel(FLOATS.format(32, 32), 1, threads, body), A=zeros(32), B=zeros(32))


def test_memory_that_would_be_too_large_is_not_taken():
    body = """
big = T.sblock_alloc_buffer((1 << 28,), "int32", scope="local")
big[t] = t
B[big[t]] = A[t]
"""
    with pytest.raises(UnableError, match="bytes"):
        ran(kernel(FLOATS.format(32, 32), 1, 32, body), A=zeros(32), B=zeros(32))


def test_nothing_is_found_where_no_loop_is_bound():
    text = (
        HEAD.format(parameters=FLOATS.format(32, 32))
        + "    for i in range(32):\n        B[i] = A[i]\n"
    )
    assert ran(text, A=zeros(32), B=zeros(32)) == {}

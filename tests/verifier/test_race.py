"""A race of two threads, replayed in several orders, and the barrier that ends it."""

from pathlib import Path

import pytest

import viz
from viz.emulator import library
from viz.errors import RunError
from viz.frontend.examples import examples
from viz.verifier.barriers import candidates

pytestmark = pytest.mark.skipif(bool(library.missing()), reason="no compiler for the emulator")

ROOT = Path(__file__).resolve().parents[2]
LOST_SUM = (ROOT / "examples" / "wrong" / "lost_sum.py").read_text()
NEIGHBOURS = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((128,), "int32"), B: T.Buffer((128,), "int32"), C: T.Buffer((128,), "int32")):
    with T.launch_thread("blockIdx.x", 1) as bx:
        tx = T.launch_thread("threadIdx.x", 128)
        B[tx] = A[tx] + tx
        C[tx] = B[127 - tx]
"""


def test_two_threads_in_two_orders_and_the_barrier_between_them():
    replay = viz.replay_race(NEIGHBOURS)
    one, other = replay.threads
    assert one[0] + other[0] == 127
    first, second, _ = replay.orders
    assert [access.thread for access in first.accesses] == [0, 0, 1, 1]
    assert [access.thread for access in second.accesses] == [1, 1, 0, 0]
    assert all(access.races for access in first.accesses)
    late, early = first.accesses[3], second.accesses[1]
    assert (late.kind, late.value) == ("reads", first.accesses[0].value)
    assert (early.element, early.kind) == (late.element, "reads")
    assert early.value != late.value
    assert replay.statements[late.statement].own_text == "C[tx] = B[127 - tx]"
    assert replay.output == "C"
    assert replay.differs is not None
    assert [(trial.line, trial.passed) for trial in replay.barriers] == [(7, True)]
    assert replay.mended.splitlines()[6].strip() == 'T.tvm_storage_sync("shared")'
    assert viz.run(replay.mended, "cuda-emulated", checked=True).passed


def test_a_kernel_of_tirx_gets_its_own_barrier():
    text = examples()["tirx_blocks"].text
    replay = viz.replay_race(text.replace("    T.cuda.cta_sync()\n", ""))
    assert replay.mended == text


def test_a_lost_update_needs_both_threads_held():
    """No order of whole statements loses one, and no barrier helps."""
    replay = viz.replay_race(LOST_SUM.replace("[2]", "[1]"))
    both = replay.orders[2].accesses
    assert [(access.thread, access.kind) for access in both] == [
        (0, "reads"),
        (1, "reads"),
        (0, "writes"),
        (1, "writes"),
    ]
    assert both[0].value == both[1].value
    assert (replay.output, replay.other) == ("total", "both")
    assert not replay.mended


def test_without_a_race_there_is_nothing_to_replay():
    with pytest.raises(RunError, match="found 0 races"):
        viz.replay_race(examples()["tirx_blocks"].text)


def test_barriers_are_tried_between_statements_and_at_the_end_of_loops():
    text = "def f():\n    for i in range(4):\n        a()\n        b()\n        c()\n"
    tried = list(candidates(text, 3, 5, "wait()"))
    assert [candidate.line for candidate in tried] == [4, 5, 6]
    assert tried[0].text.splitlines()[3] == "        wait()"
    assert tried[2].text.splitlines()[5] == "        wait()"

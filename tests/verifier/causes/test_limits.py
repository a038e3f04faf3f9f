"""Programs that would take for ever, or all memory, end as answers."""

import pytest

import viz
from tests.support.programs.costs.found_causes import found
from tests.support.programs.costs.planted_programs import IN_A_ROW, OWN, own
from viz.errors import RequestError, VizError
from viz.step.accesses import machine

KERNEL = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((1024,), "int32"), B: T.Buffer((1024,), "int32")):
    T.func_attr({"tirx.noalias": True})
    for b in T.thread_binding(BLOCKS, thread="blockIdx.x"):
        for t in T.thread_binding(32, thread="threadIdx.x"):
BODY
"""


def kernel(body, blocks="4"):
    lines = "\n".join(f"            {line}" for line in body.strip().split("\n"))
    return KERNEL.replace("BLOCKS", blocks).replace("BODY", lines)


ENDLESS = kernel("while A[t] < 5000000:\n    B[t] = B[t] + 1")
LONG = kernel("for i in range(1 << 30):\n    if A[t] < 5000000:\n        A[t] = A[t % 7] + 1")
LARGE = kernel(
    'L = T.sblock_alloc_buffer((1 << 26,), "int32", scope="local")\n'
    "L[A[t]] = t\nB[L[A[t]] % 1024] = 1"
)


@pytest.mark.parametrize("text", [ENDLESS, LONG], ids=["endless", "long"])
def test_a_kernel_without_end_is_an_answer(text, monkeypatch):
    monkeypatch.setattr(machine, "MOST_ROUNDS", 2000)
    answer = found(text)
    assert answer.sites == ()
    assert answer.problem is not None


def test_memory_that_is_too_large_is_not_taken():
    answer = found(LARGE)
    assert "bytes" in str(answer.problem)
    # CompactBufferAllocation shrinks it, so later stages run; what was before nobody knows.
    assert answer.stages[0].stage != "input"
    assert {site.since for site in answer.sites} == {None}


def test_without_time_no_stage_runs():
    answer = found(own(IN_A_ROW), seconds=0.0)
    assert (answer.sites, answer.stages) == ((), ())
    assert "time" in str(answer.problem)


def test_of_many_blocks_only_those_that_are_asked_for_run():
    text = kernel("if b * 32 + t < 1024:\n    B[b * 32 + t] = A[b * 32 + t]", "2000000000")
    answer = found(text, blocks=3)
    assert answer.blocks == 3
    assert answer.stages[-1].global_figures.requests == 6
    # Far more than can be held at once: as many as can.
    assert 3 < found(text, blocks=10**12).blocks < 10**5


def test_an_index_outside_of_its_buffer_has_a_place_all_the_same():
    text = OWN.replace("LOOP", "range(4)").replace("INDEX", IN_A_ROW)
    answer = found(text.replace("READ", "vi + 1000000000"))
    assert {site.since for site in answer.sites} == {"input"}


def test_in_a_jailed_process():
    answer = viz.causes(own(IN_A_ROW))
    assert [(s.kind, s.since, s.patterns[-1].figures.requests) for s in answer.sites] == [
        # 2 blocks of 4 warps, 4 rounds each.
        ("store", "input", 32),
        ("load", "input", 32),
    ]
    with pytest.raises(RequestError):
        viz.causes(own(IN_A_ROW), sizes={"n": 3})
    with pytest.raises(VizError):
        viz.causes("@T.prim_func\ndef main(A: T.Buffer((8,), 'int32')):\n    A[0] = 1\n")


def test_an_endless_kernel_ends_in_its_process():
    answer = viz.causes(ENDLESS, seconds=0.5)
    assert answer.sites == ()
    assert answer.problem is not None

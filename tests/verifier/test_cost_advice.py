"""Advice on the cost of accesses: the edit that helps, measured, and none where none is needed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.support.programs.costs.flawed_kernels import KERNELS, S_TIR
from tests.support.programs.thorough import usually
from viz.frontend.program import read
from viz.harness.array_files import npy
from viz.messages import message_of
from viz.model import (
    EMULATED,
    AccessSite,
    Comparison,
    Cost,
    CostAdvicePart,
    CostOptions,
    Figures,
    Finding,
    KernelCost,
    Outcome,
    Request,
    RunPart,
)
from viz.service.engine import dispatch
from viz.text import Patched, Span
from viz.verifier.cost_advice import cost_advice

EXAMPLES = Path(__file__).parents[2] / "examples"


def asked(text, **options):
    return dispatch.answer(Request(text=text, part=CostAdvicePart(**options)))


def amount(change, when):
    """Return what accesses cost: wavefronts in shared memory, else sectors."""
    figures = getattr(change, when)
    return figures.wavefronts if change.space == "shared" else figures.sectors


USUAL = {
    "tile",
    "tile of 33 columns, one of them unused",
    "four in a row",
    "all but the edges",
    "steps: rows on lanes",
}
"""One of each kind of edit."""


@pytest.mark.parametrize("name", usually(KERNELS, USUAL))
def test_known_flaws_are_mended(name):
    flawed = KERNELS[name]
    advice = asked(flawed.text)
    assert advice.passed
    found = {each.kind: each for each in advice.suggestions}
    assert found.keys() >= set(flawed.edits), advice.tried
    for kind in flawed.edits:
        suggestion = found[kind]
        changes = {(each.buffer, each.kind): each for each in suggestion.accesses}
        change = changes[flawed.buffer, flawed.kind]
        assert amount(change, "before") == flawed.before
        assert amount(change, "after") == flawed.ideal
        assert suggestion.text == Patched(flawed.text, suggestion.edits).string
    # The first one leaves nothing to gain: nothing is said of the program with it.
    assert not [
        change
        for change in advice.suggestions[0].accesses
        if change.after and change.after.sectors > change.after.ideal_sectors
    ]
    assert all(
        change.after.conflicts == 0 for change in advice.suggestions[0].accesses if change.after
    )


COPY = """    for b in T.thread_binding(32, thread="blockIdx.x"):
        for t in T.thread_binding(256, thread="threadIdx.x"):
            {body}
"""
VECTORS = 'A: T.Buffer((8192,), "float32"), B: T.Buffer((8192,), "float32")'
GOOD = {
    "copy": S_TIR.format(parameters=VECTORS) + COPY.format(body="B[b * 256 + t] = A[b * 256 + t]"),
    "one for all": S_TIR.format(parameters=VECTORS) + COPY.format(body="B[b * 256 + t] = A[b]"),
    "bytes": S_TIR.format(parameters=VECTORS.replace("float32", "int8"))
    + COPY.format(body="B[b * 256 + t] = A[b * 256 + t]"),
    **{
        name: (EXAMPLES / f"{name}.py").read_text()
        for name in ("transpose_shared", "matmul_gpu", "tirx_blocks")
    },
}


@pytest.mark.parametrize("name", GOOD)
def test_nothing_is_offered_for_a_good_program(name):
    advice = asked(GOOD[name])
    assert advice.passed
    assert not advice.suggestions
    assert not advice.tried
    assert not advice.problems


def test_what_no_edit_mends_is_said():
    shifted = 'A: T.Buffer((8193,), "float32"), B: T.Buffer((8192,), "float32")'
    text = S_TIR.format(parameters=shifted) + COPY.format(
        body="B[b * 256 + t] = A[b * 256 + t + 1]"
    )
    advice = asked(text)
    assert not advice.suggestions
    (problem,) = advice.problems  # 5 sectors for 4
    assert problem.what == message_of("cost-no-edit-misaligned", buffer="A", times=1.25)


def test_many_flaws_end_within_the_limits():
    body = "\n            ".join(f"B[b * 256 + t, {k}] = A[b * 256 + t, {k}]" for k in range(60))
    text = S_TIR.format(
        parameters='A: T.Buffer((8192, 64), "float32"), B: T.Buffer((8192, 64), "float32")'
    ) + COPY.format(body=body)
    part = RunPart(device=EMULATED, cost=CostOptions(budget=100_000))
    advice = asked(text, run=part, most=1)
    assert len(advice.tried) + len(advice.suggestions) <= 1
    assert "cost-advice-partial" in [each.what.id for each in advice.problems]


def test_arrays_too_large_to_compare_are_said():
    text = (
        KERNELS["four in a row"]
        .text.replace("32768", "8388608")
        .replace("T.thread_binding(32,", "T.thread_binding(8192,")
    )
    part = RunPart(device=EMULATED, cost=CostOptions(budget=100_000))
    advice = asked(text, run=part)
    assert not advice.suggestions
    assert [each.what.id for each in advice.problems] == ["arrays-not-kept"]


def test_a_program_that_is_wrong_gets_no_advice():
    text = KERNELS["columns on lanes"].text.replace("return A\n", "return A + 1\n")
    advice = asked(text)
    assert not advice.passed
    assert not advice.suggestions
    assert [each.what.id for each in advice.problems] == ["cost-advice-failing"]


# ---------------------------------------------------------------- judging, with runs made up


TEXT = KERNELS["columns on lanes"].text
START = TEXT.index("A[r, c]")
BEFORE = Figures(requests=256, lanes=8192, sectors=8192, ideal_sectors=1024, bytes_asked=32768)


def outcome(figures=BEFORE, values=(1.0, 2.0), **fields):
    """Return a run with one access, of A."""
    site = AccessSite(
        span=Span(0, 1),
        kind="load",
        space="global",
        buffer="A",
        width=4,
        figures=figures,
        own=Span(START, START + 7),
    )
    kernel = KernelCost("k", 1, (64, 1, 1), (128, 1, 1), 64, 64, (site,))
    compared = Comparison(
        name="B",
        dtype="float32",
        shape=(2,),
        passed=True,
        max_abs=0.0,
        max_rel=0.0,
        max_ulps=0,
        why=message_of("verbatim", text=""),
        is_own=False,
        rtol=1e-4,
        atol=0.0,
        mismatches=0,
    )
    whole = {
        "device": EMULATED,
        "ran": message_of("verbatim", text=""),
        "passed": True,
        "reference": message_of("verbatim", text=""),
        "comparisons": (compared,),
        "cost": Cost((kernel,)),
        "arrays": {"output.B": npy(np.array(values, "float32"))},
    }
    return Outcome(**whole | fields)


def judged(edited):
    """Return the advice where every edited text runs with this outcome."""
    return cost_advice(
        read(TEXT),
        TEXT,
        None,
        CostAdvicePart(),
        lambda text: outcome() if text == TEXT else edited,
        lambda message: None,
    )


BETTER = msgspec.structs.replace(BEFORE, sectors=1024)
MISTAKE = Finding(
    kind="race", what=message_of("verbatim", text="a race"), sites=(), buffer="A", harmless=True
)


def test_an_edit_that_helps_is_kept():
    (suggestion,) = judged(outcome(BETTER)).suggestions
    assert suggestion.kind == "bind"
    assert [(each.before.sectors, each.after.sectors) for each in suggestion.kernels] == [
        (8192, 1024)
    ]


@pytest.mark.parametrize(
    ("edited", "why"),
    [
        (outcome(BETTER, values=(1.0, 2.1)), "cost-tried-differs"),
        (outcome(BETTER, passed=False), "cost-tried-differs"),
        (outcome(BETTER, arrays={}), "cost-tried-differs"),
        (outcome(BETTER, findings=(MISTAKE,)), "cost-tried-finding"),
        (outcome(BEFORE), "cost-tried-same"),
        (outcome(msgspec.structs.replace(BETTER, sectors=9000)), "cost-tried-more"),
        (outcome(msgspec.structs.replace(BETTER, wavefronts=40)), "cost-tried-more"),
        (outcome(msgspec.structs.replace(BETTER, requests=1024)), "cost-tried-lanes"),
    ],
)
def test_an_edit_that_does_harm_is_not(edited, why):
    advice = judged(edited)
    assert not advice.suggestions
    assert [each.why.id for each in advice.tried] == [why]
    assert [each.what.id for each in advice.problems] == ["cost-no-edit-scattered"]


ROWS_OF_100 = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((800,), "float32"), B: T.Buffer((800,), "float32")):
    T.func_attr({"tirx.noalias": True})
    for i in T.grid(800):
        with T.sblock("B"):
            vi = T.axis.spatial(800, i)
            B[vi] = A[vi] + T.float32(1)

sch = tvm.tir.Schedule(main)
i, = sch.get_loops(sch.get_sblock("B"))
x, t = sch.split(i, [8, 100])
sch.bind(x, "blockIdx.x")
sch.bind(t, "threadIdx.x")
"""


def test_the_step_that_lets_rows_begin_within_a_sector_is_named():
    # 100 words are 12 1/2 sectors: every other block begins in the middle of one.
    advice = asked(ROWS_OF_100)
    assert not advice.suggestions
    named = {problem.what.values["buffer"]: problem for problem in advice.problems}
    assert named.keys() == {"A", "B"}
    for problem in named.values():
        assert "step 2, split, gives t so many rounds" in problem.text()
        assert problem.hint_text() == (
            "Let t have a multiple of 8 rounds: so many elements fill a sector."
        )


def test_threads_of_the_default_schedule_are_told_by_the_program_not_by_its_words():
    text = f"# Not bound to threadIdx.x here.\n{TEXT}"
    unbound = cost_advice(
        read(text),
        text,
        None,
        CostAdvicePart(),
        lambda edited: outcome(),
        lambda message: None,
        is_bound=False,
    )
    assert "cost-advice-scheduled" in [each.what.id for each in unbound.problems]
    assert "cost-advice-scheduled" not in [each.what.id for each in judged(outcome()).problems]

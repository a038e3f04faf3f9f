"""The passes of a build: recorded without a trace, answered stage by stage, and those that fail."""

from collections import Counter

import pytest
import tvm_ffi

from tests.support.answering import answer, request
from tests.support.builds import BUILDS, recorded, scheduled, without_addresses
from tests.support.structural_walk import ONLY_WALKED
from viz.codegen import emit
from viz.errors import LoweringError, RequestError
from viz.frontend import program
from viz.frontend.examples import examples
from viz.ir import walker
from viz.ir.parse import parse
from viz.model import (
    DiffPart,
    LinksPart,
    Options,
    Overview,
    OverviewPart,
    Request,
    SourcePart,
    StageTextPart,
    TreePart,
)
from viz.model.catalog import schedule_methods
from viz.passes import pipeline
from viz.passes.recording import counts, record
from viz.provenance import pass_queries
from viz.service.engine import dispatch
from viz.text import Text

# ---------------------------------------------------------------- the recording


@pytest.mark.parametrize(("name", "target"), BUILDS)
def test_a_build_and_its_passes(name, target):
    recording = recorded(name, target)
    texts = [e.text for e in emit.emit(pipeline.lower(scheduled(name, target), target)).emissions]
    watched = [e.text for e in emit.emit(recording.lowered).emissions]
    assert list(map(without_addresses, watched)) == list(map(without_addresses, texts))

    rows = recording.rows(counts=True)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert {row.name for row in rows} <= set(schedule_methods.steps_of_builds()), "lacks a row"
    for row, step in zip(rows, recording.steps, strict=True):
        input_module = recording.stage(pass_queries.input_stage(rows, row.number))
        assert tvm_ffi.structural_equal(input_module, step.before, map_free_vars=True), row.name

    # What is counted is what the tree shows outside of types.
    tree = walker.walk(recording.stage("final"))
    shown = Counter(
        node.type_key
        for node in tree.nodes
        if node.kind in ("expr", "stmt")
        and ".body" in node.path
        and ".ty." not in node.path
        and not ONLY_WALKED.search(node.path)
    )
    assert counts(recording.stage("final")) == dict(shown)
    ends = [max(row.number for row in rows if row.part == part) for part in ("host", "device")]
    halves = [sum(counts(recording.stage(end)).values()) for end in ends]
    assert sum(halves) == shown.total()


def test_counts_and_what_is_more():
    rows = recorded("matmul", "c").rows(counts=True)
    counts = pass_queries.counts(rows)
    init = pass_queries.find_pass(rows, "lowerinitblock")
    assert counts[init].more == counts[init].nodes - counts[1].nodes > 0
    assert counts[1].more is None
    assert set(counts) == {row.number for row in rows if row.changed}
    # After the split each half is compared with what it was given.
    halves = [row for row in rows if row.name == "tirx.Filter"]
    whole = next(row for row in reversed(rows[: halves[0].number - 1]) if row.changed)
    assert counts[halves[1].number].more == -sum(whole.counts.values())


def test_a_pass_by_name():
    rows = recorded("matmul", "cuda").rows(counts=True)
    first, last = (i for i, row in enumerate(rows, 1) if row.name == "tirx.StmtSimplify")
    assert pass_queries.find_pass(rows, "StmtSimplify") == pass_queries.find_pass(
        rows, "s_tir.stmtsimplify"
    )
    assert pass_queries.find_pass(rows, "tirx.StmtSimplify") in (first, last)
    assert rows[pass_queries.find_pass(rows, "unrollloop") - 1].changed
    assert pass_queries.find_pass(rows, "0") == 0
    with pytest.raises(RequestError) as caught:
        pass_queries.find_pass(rows, "FlattenBufer")
    assert "FlattenBuffer" in caught.value.hint
    with pytest.raises(RequestError):
        pass_queries.find_pass(rows, "99")


# ---------------------------------------------------------------- the parts of a request


def test_the_overview_has_passes_when_asked():
    assert answer(request("matmul", "cuda", OverviewPart())).passes == ()
    overview = answer(request("matmul", "cuda", OverviewPart(passes=True, counts=True)))
    names = [row.name for row in overview.passes if row.changed]
    assert names.index("s_tir.LowerOpaqueBlock") < names.index("tirx.FlattenBuffer")
    assert {row.part for row in overview.passes} == {"all", "host", "device"}


@pytest.mark.parametrize("stage", ["input", "scheduled", 0, 18, 50, "final"])
def test_trees_and_texts_of_stages_have_the_same_ids(stage):
    tree = answer(request("softmax", "cuda", TreePart(stage=stage)))
    text = answer(request("softmax", "cuda", StageTextPart(stage=stage)))
    assert (tree.stage, tree.target) == (text.stage, text.target)
    assert tree.target == ("" if stage == "input" else "cuda")
    loops = {node.id for node in tree.nodes if node.type_key == "tirx.BufferStore"}
    marked = {mark.node: text.text[mark.start : mark.end] for mark in text.marks}
    assert loops
    for number in loops:
        assert " = " in marked[number]


def test_a_chosen_function_is_alone():
    text = examples()["two_functions"].text
    functions = answer(Request(text=text)).functions
    chosen = Request(text=text, function=functions[-1].name, part=StageTextPart(stage="input"))
    printed = answer(chosen)
    assert len(functions) > printed.text.count("def ") == 1
    first = printed.marks[0]
    assert first.node == 0
    assert printed.text[first.start : first.end].startswith("@T.prim_func")


def test_there_is_no_such_stage():
    with pytest.raises(RequestError, match="no stage 999"):
        dispatch.answer(request("add_one", "c", TreePart(stage=999)))


def test_a_diff_between_stages():
    rows = recorded("matmul", "c").rows()
    flat = pass_queries.find_pass(rows, "FlattenBuffer")
    part = DiffPart(before=pass_queries.input_stage(rows, flat), after=flat)
    diff = answer(request("matmul", "c", part))
    added = [row.after for row in diff.lines if row.kind in ("added", "changed")]
    assert any("C_1[i * 128 + j]" in line for line in added)
    before = answer(request("matmul", "c", TreePart(stage=part.before))).nodes
    after = answer(request("matmul", "c", TreePart(stage=flat))).nodes
    assert "tirx.DeclBuffer" in {
        after[change.after].type_key for change in diff.changes if change.kind == "added"
    }
    assert all(
        (change.before is None or change.before < len(before))
        and (change.after is None or change.after < len(after))
        for change in diff.changes
    )


def test_links_between_stages():
    links = answer(request("matmul", "c", LinksPart(before=0, after="final"))).links
    before = answer(request("matmul", "c", TreePart(stage=0))).nodes
    after = answer(request("matmul", "c", TreePart(stage="final"))).nodes
    loops = {
        (before[link.before].label, after[link.after].label)
        for link in links
        if after[link.after].type_key == "tirx.For"
    }
    assert ("for i in range(128)", "for i in range(128)") in loops
    assert [link.after for link in links] == sorted(link.after for link in links)


# ---------------------------------------------------------------- lowering that fails

HEAD = """@T.prim_func(s_tir=True)
def f(A: T.Buffer((64,), "float32"), n: T.int32):
"""
FAILING = {
    "step": ("    for i in T.serial(0, 64, step=n):\n        A[i] = T.float32(1)\n", "for i in T.serial"),
    "parallel break": (
        "    for q in range(8):\n        A[q] = T.float32(0)\n    for i in T.parallel(8):\n        if i == 3:\n            break\n        A[i] = T.float32(1)\n",
        "for i in T.parallel",
    ),
    "unroll": ("    for i in T.unroll(n):\n        A[i] = T.float32(1)\n", "for i in T.unroll"),
    "vectorize": ("    for i in T.vectorized(n):\n        A[i] = T.float32(1)\n", "for i in T.vectorized"),
    "return": ("    for i in T.parallel(8):\n        if i == 3:\n            T.ret(0)\n        A[i] = T.float32(1)\n", "f"),
    "threads": (
        '    for i in range(8):\n        A[i] = T.float32(0)\n    for t in T.thread_binding(8, thread="threadIdx.x"):\n'
        '        S = T.alloc_buffer((8,), "float32", scope="shared")\n        S[t] = A[t]\n        A[t] = S[t]\n',
        "for t in T.thread_binding",
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", FAILING)
def test_a_pass_that_throws_keeps_what_came_before(which):
    body, place = FAILING[which]
    text = HEAD + body
    overview = dispatch.answer(Request(text=text, part=OverviewPart(passes=True, counts=True)))
    assert isinstance(overview, Overview)
    *before, last = overview.passes
    assert before
    assert all(row.problem is None for row in before)
    assert overview.problems == ()
    problem = last.problem
    assert problem is not None
    assert "Error in pass" not in problem.message
    assert text[problem.span.start : problem.span.end].startswith(place)
    # The stages up to it are there, its own is what it was given; nothing comes after.
    input_stage = pass_queries.input_stage(overview.passes, last.number)
    texts = [
        dispatch.answer(Request(text=text, part=StageTextPart(stage=number))).text
        for number in (input_stage, last.number)
    ]
    assert texts[0] == texts[1]
    for part in TreePart(stage="final"), SourcePart():
        with pytest.raises(LoweringError) as caught:
            dispatch.answer(Request(text=text, part=part))
        assert (caught.value.message, caught.value.span) == (problem.message, problem.span)


def test_of_several_functions_the_one_that_fails_is_named():
    text = """@I.ir_module
class M:
    @T.prim_func(s_tir=True)
    def good(A: T.Buffer((8,), "float32")):
        for i in range(8):
            A[i] = T.float32(1)
    @T.prim_func(s_tir=True)
    def bad(A: T.Buffer((8,), "float32")):
        for i in T.parallel(8):
            if i == 3:
                T.ret(0)
            A[i] = T.float32(1)
"""
    overview = dispatch.answer(Request(text=text, part=OverviewPart(passes=True, counts=True)))
    span = overview.passes[-1].problem.span
    assert (text[span.start : span.end], Text(text).position(span.start).line) == ("bad", 8)


def test_what_fails_before_any_pass_is_a_problem_of_the_overview():
    overview = answer(request("if_double", "cuda", OverviewPart(passes=True, counts=True)))
    assert overview.passes == ()
    assert [problem.code for problem in overview.problems] == ["lowering"]
    assert overview.problems[0].span is not None
    with pytest.raises(RequestError):
        dispatch.answer(request("if_double", "klingon", OverviewPart(passes=True, counts=True)))


def test_passes_that_all_ended_did_not_throw():
    """Bound to threads, yet nothing is left for the device: the build fails after its last pass."""
    options = Options(config={"tirx.disable_vectorize": True})
    recording = record(parse(program.read(EMPTY)).mod, "cuda", options)
    assert recording.lowered is None
    assert not recording.threw
    assert all(row.problem is None for row in recording.rows())


EMPTY = """@T.prim_func(s_tir=True)
def f(A: T.Buffer((8,), "float32")):
    for i in T.thread_binding(8, thread="threadIdx.x"):
        T.evaluate(0)
"""

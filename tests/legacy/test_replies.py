"""Replies of the engine of 2024 in the words of today's: sources, stages, origins, and one life."""

import pytest

from tests.support.legacy import require_legacy_tvm
from tests.support.legacy.programs import text_of

require_legacy_tvm()

from viz.errors import LoweringError, VizError  # noqa: E402
from viz.legacy.dispatch import LegacyAnswers  # noqa: E402
from viz.model import (  # noqa: E402
    DiffPart,
    LifePart,
    LinksPart,
    OriginsPart,
    OverviewPart,
    Request,
    SourcePart,
    TreePart,
)


@pytest.fixture(scope="module")
def answers():
    return LegacyAnswers()


def ask(answers, part, name="add_one", **request):
    return answers.answer(Request(text=text_of(name), part=part, **request))


def test_marks_and_origins_are_about_the_nodes_of_the_final_tree(answers):
    source = ask(answers, SourcePart(), target="cuda")
    tree = ask(answers, TreePart(stage="final"), target="cuda")
    origins = ask(answers, OriginsPart(), target="cuda")
    assert [each.title for each in source.emissions] == ["CUDA kernels", "Host code (C)"]
    assert [node.id for node in tree.nodes] == [origin.node for origin in origins.nodes]
    device = source.emissions[0]
    (store,) = [m for m in device.marks if tree.nodes[m.node].title == "BufferStore"]
    assert device.text[store.start : store.end].startswith("B[((int)threadIdx.x)] =")
    span = origins.nodes[store.node].span
    assert text_of("add_one")[span.start : span.end] == "B[vi] = A[vi] + 1.0"


def test_stages_are_compared_and_linked(answers):
    diff = ask(answers, DiffPart(before="input", after="final"))
    links = ask(answers, LinksPart(before="input", after="final"))
    assert {line.kind for line in diff.lines} >= {"same", "added"}
    assert {change.kind for change in diff.changes} >= {"added", "removed"}
    before, after = (ask(answers, TreePart(stage=stage)) for stage in ("input", "final"))
    linked = {
        (before.nodes[link.before].title, after.nodes[link.after].title) for link in links.links
    }
    assert {("For", "For"), ("BufferStore", "BufferStore"), ("Add", "Add")} <= linked


def test_a_node_has_a_life(answers):
    tree = ask(answers, TreePart())
    store = next(node.id for node in tree.nodes if node.title == "BufferStore")
    life = ask(answers, LifePart(stage="input", node=store))
    assert life.events[0].kind == "made"
    assert "removed" not in {event.kind for event in life.events}


def test_one_function_is_lowered_with_what_it_calls(answers):
    source = ask(answers, SourcePart(marks=False), name="two_functions", function="silu")
    assert "silu" in source.emissions[0].text
    assert "main" not in source.emissions[0].text.replace("__tvm_main__", "")


def test_the_schedule_is_shown_when_asked_for(answers):
    source = ask(answers, SourcePart(marks=False, schedule=True), target="cuda")
    assert 'thread="threadIdx.x"' in source.schedule.script


def test_compilers_say_whether_they_take_the_texts(answers):
    source = ask(answers, SourcePart(marks=False, compile=True), name="softmax")
    assert [each.code for each in source.problems] == ["accepted-text"]


MIXED = """
@I.ir_module
class Two:
    @T.prim_func
    def fine(A: T.Buffer((8,), "int32")):
        for i in range(8):
            A[i] = i

    @T.prim_func
    def bound(B: T.Buffer((8,), "int32")):
        for t in T.thread_binding(8, thread="threadIdx.x"):
            B[t] = t

    @T.prim_func
    def plain(C: T.Buffer((8,), "int32")):
        C[0] = 1
"""


@pytest.mark.parametrize(
    ("target", "id_", "place"),
    [
        ("c", "threads-on-cpu", 'for t in T.thread_binding(8, thread="threadIdx.x"):'),
        ("cuda", "no-block-to-schedule", "fine"),
    ],
)
def test_a_program_that_is_not_lowered_is_told_at_its_place(answers, target, id_, place):
    with pytest.raises(LoweringError) as caught:
        answers.answer(Request(text=MIXED, target=target, part=SourcePart()))
    span = caught.value.span
    assert caught.value.what.id == id_
    assert MIXED[span.start : span.end].split("\n")[0] == place


# dlight's GeneralReduction fits it and mixes indices of 32 and of 64 bits, which no pass takes.
SECOND_TRY = """
@T.prim_func
def f(A: T.Buffer((32, 32), "float32"), B: T.Buffer((32, 32), "float32")):
    C = T.alloc_buffer((32, 32))
    for i, j, k in T.grid(32, 32, 32):
        with T.block("C"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                C[vi, vj] = T.float32(0)
            C[vi, vj] = C[vi, vj] + A[vi, vk] * A[vk, vj]
    for i, j in T.grid(32, 32):
        with T.block("B"):
            vi, vj = T.axis.remap("SS", [i, j])
            B[vi, vj] = T.max(C[vi, vj], T.float32(0))
"""


def test_a_schedule_that_does_not_lower_is_followed_by_the_simplest(answers):
    source = answers.answer(
        Request(text=SECOND_TRY, target="cuda", part=SourcePart(), engine="2024")
    )
    assert source.schedule.rules == ("dlight.gpu.Fallback",)
    assert "threadIdx.x" in source.emissions[0].text
    overview = answers.answer(
        Request(text=SECOND_TRY, target="cuda", part=OverviewPart(passes=True), engine="2024")
    )
    assert len({step.name for step in overview.passes}) > 30
    assert not any(step.problem for step in overview.passes)


def test_a_schedule_below_a_program_is_said_not_to_be_followed(answers):
    text = (
        SECOND_TRY + "\ndef schedule(sch):\n    sch.unroll(sch.get_loops(sch.get_block('C'))[0])\n"
    )
    overview = answers.answer(Request(text=text, part=OverviewPart(), engine="2024"))
    assert [each.what.id for each in overview.problems] == ["schedule-not-in-2024"]
    assert not overview.left_out


def test_advice_names_what_this_tvm_has(answers):
    for line, word in (
        ("T.reads(A[0])", 'T.block("'),
        ("for i in range(8):\n  T.func_attr({})", "T.block_attr("),
    ):
        text = f'@T.prim_func\ndef f(A: T.Buffer((8,), "float32")):\n {line}\n'
        with pytest.raises(VizError) as caught:
            answers.answer(Request(text=text, part=TreePart(), engine="2024"))
        assert word in caught.value.hint
        assert "sblock" not in caught.value.told() + caught.value.told("zh")

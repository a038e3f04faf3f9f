"""Offer the steps that a node can take, and write a recorded trace as steps."""

import pytest

from tests.support.programs.schedules import MATMUL, STEPS, replayed
from viz.errors import RequestError
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.frontend.schedule.code import schedule_of
from viz.ir.parse import parse
from viz.model.catalog import schedule_methods
from viz.passes.schedule.choices import choices, chosen
from viz.passes.schedule.nest import nest
from viz.passes.schedule.replay import player_after
from viz.passes.schedule.trace_text import in_function, lines_of, named

NO_TRY = {
    "unsafe_set_dtype": "changes what the program computes",
    "tensorize": "needs the name of an instruction that does just what stands there",
}
"""Methods that change a program and are not tried, with the reason."""


def player(text, step=None):
    parsed = parse(read(text))
    return player_after(parsed.mod, schedule_of(parsed.program.schedules, "matmul"), {}, step)


def found(made, name, *, is_gpu=True):
    about = chosen(made.mod, None, name)
    return choices(made, "sch", about, is_gpu=is_gpu)


def test_every_method_that_changes_a_program_is_tried():
    tried = {row.method for row in schedule_methods.tries()}
    changing = {name for name, row in schedule_methods.methods().items() if row.kind == "change"}
    assert tried | NO_TRY.keys() == changing
    assert not tried & NO_TRY.keys()


@pytest.mark.parametrize("name", ["i", "k", "C", "A"])
def test_each_choice_does_what_it_says_when_it_is_taken_over(name):
    made, _ = player(MATMUL)
    offered = [choice for choice in found(made, name) if choice.why_not is None]
    assert offered
    for choice in offered:
        _, scheduled = replayed("\n".join(choice.lines))
        assert scheduled.failure is None, (choice, str(scheduled.failure))
        assert scheduled.steps[-1].name == f"schedule.{choice.method}"


def test_what_applies_is_told_by_what_the_program_is():
    made, _ = player(MATMUL)
    by_method = {choice.method: choice for choice in reversed(found(made, "k"))}
    # k is reduced over: its rounds cannot be told apart until the reduction is divided.
    assert by_method["parallel"].why_not is not None
    assert by_method["rfactor"].why_not is None
    # It is the innermost loop: nothing is inside to change places with.
    assert by_method["reorder"].why_not.id == "choices-need-inner"
    outer = {choice.method for choice in found(made, "i") if choice.why_not is None}
    assert {"split", "reorder", "fuse", "parallel", "bind"} <= outer
    assert "rfactor" not in outer
    # 128 is a multiple of 16.
    assert by_method["split"].lines[-1] == "k_0, k_1 = sch.split(k, factors=[None, 16])"
    assert by_method["split"].lines[0] == 'C = sch.get_sblock("C")'


def test_names_that_the_steps_gave_are_used_and_none_is_given_twice():
    made, last = player(MATMUL + STEPS)
    assert last == len(STEPS.strip().splitlines())
    lines = [choice.lines for choice in found(made, "k_1") if choice.why_not is None]
    assert ("k_1_0, k_1_1 = sch.split(k1, factors=[None, 4])",) in lines or any(
        "(k1" in line[-1] for line in lines
    )
    for each in lines:
        assigned = [line.partition(" = ")[0] for line in each if " = " in line]
        names = [name for part in assigned for name in part.split(", ")]
        assert not {*names} & {*made.names}


def test_copies_go_to_the_memory_of_the_target():
    made, _ = player(MATMUL, 0)
    on_gpu = [choice.lines[-1] for choice in found(made, "C") if choice.method == "cache_read"]
    on_cpu = [
        choice.lines[-1]
        for choice in found(made, "C", is_gpu=False)
        if choice.method == "cache_read"
    ]
    assert all('"shared"' in line for line in on_gpu)
    assert all('"global"' in line for line in on_cpu)
    assert len(on_gpu) == 2  # it reads A and B


def test_a_node_inside_stands_for_its_loop_and_others_for_nothing():
    made, _ = player(MATMUL, 2)
    (loop,) = (node for node in nest(made.mod).nodes if node.name == "j")
    assert chosen(made.mod, loop.node + 2, "").name == "j"  # its lower bound
    with pytest.raises(RequestError, match="is in no loop"):
        chosen(made.mod, 0, "")
    with pytest.raises(RequestError, match="no loop, block or buffer zz"):
        chosen(made.mod, None, "zz")


def test_trying_changes_nothing():
    made, _ = player(MATMUL + STEPS)
    before = str(made.mod.script())
    names = dict(made.names)
    found(made, "C")
    assert str(made.mod.script()) == before
    assert dict(made.names) == names


def test_several_functions_are_told_apart():
    parsed = parse(read(examples()["two_functions"].text))
    made, _ = player_after(parsed.mod, None, {}, None)
    block = next(node for node in nest(parsed.mod).nodes if node.kind == "block")
    about = chosen(made.mod, block.node, "")
    (first, *_) = (c for c in choices(made, "sch", about, is_gpu=True) if c.why_not is None)
    assert f'func_name="{about.function}"' in first.lines[0]


TRACE = """# from tvm import s_tir
def apply_trace(sch: s_tir.Schedule) -> None:
  b0 = sch.get_sblock(name="C", func_name="main")
  b1 = sch.get_sblock(name="root", func_name="main")
  sch.annotate(block_or_loop=b0, ann_key="meta_schedule.tiling_structure", ann_val="SSRSRS")
  l2, l3, l4 = sch.get_loops(block=b0)
  v5, v6 = sch.sample_perfect_tile(loop=l2, n=2, max_innermost_factor=64, decision=[16, 8])
  l7, l8 = sch.split(loop=l2, factors=[v5, v6], preserve_unit_iters=True, disable_predication=False)
  v9 = sch.sample_categorical(candidates=[0, 16, 64], probs=[0.25, 0.25, 0.5], decision=2)
  sch.annotate(block_or_loop=b1, ann_key="meta_schedule.unroll_explicit", ann_val=v9)
  sch.enter_postproc()
  sch.annotate(block_or_loop=l7, ann_key="pragma_auto_unroll_max_step", ann_val=v9)
  sch.unannotate(block_or_loop=b1, ann_key="meta_schedule.unroll_explicit")
"""


def test_a_trace_is_written_as_a_person_would():
    lines = named(lines_of(TRACE), "f", is_only=True)
    assert lines == [
        'b0 = sch.get_sblock(name="C")',
        "l2, l3, l4 = sch.get_loops(block=b0)",
        "l7, l8 = sch.split(loop=l2, factors=[16, 8])",
        'sch.annotate(block_or_loop=l7, ann_key="pragma_auto_unroll_max_step", ann_val=64)',
    ]
    assert named(lines_of(TRACE), "f", is_only=False)[0].endswith('func_name="f")')
    assert in_function([]) == ""

"""Steps of users' schedules: what they make of a program, and how they fail."""

import inspect

import pytest
import tvm_ffi
from tvm.s_tir import Schedule

from tests.support.programs.schedules import MATMUL, STEPS, replayed
from viz.errors import LoweringError
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.model.catalog import schedule_methods
from viz.passes.schedule.nest import nest


def test_steps_make_what_tvm_makes_when_python_runs_them():
    parsed, scheduled = replayed(STEPS)
    assert scheduled.failure is None
    assert len(scheduled.steps) == len(STEPS.strip().splitlines())
    sch = Schedule(parsed.mod)
    sch.work_on("matmul")
    exec(STEPS.replace("get_block", "get_sblock"), {"sch": sch})
    assert tvm_ffi.structural_equal(scheduled.mod, sch.mod)
    # TVM's own print of the trace is such a list of steps.
    trace = str(sch.trace).replace("apply_trace(sch: Schedule)", "apply_trace(sch: s_tir.Schedule)")
    _, again = replayed(trace, MATMUL.replace("sch = tvm.tir.Schedule(matmul)\n", ""))
    assert again.failure is None
    assert tvm_ffi.structural_equal(again.mod, sch.mod)


def test_every_step_leaves_the_stages_before_it_as_they_were():
    parsed, scheduled = replayed(STEPS)
    printed = [str(step.after.script()) for step in scheduled.steps]
    for number, step in enumerate(scheduled.steps[1:]):
        assert str(step.before.script()) == printed[number]
    assert str(parsed.mod.script()) == str(parse(read(MATMUL)).mod.script())
    changed = sum(not tvm_ffi.structural_equal(s.before, s.after) for s in scheduled.steps)
    assert changed > 20


FAILING = [
    ('sch.get_block("D")', "schedule-no-block"),
    ("sch.split(i, [4, 4])", "schedule-factors-small"),
    ("sch.split(i, [None, None])", "schedule-one-none"),
    ("sch.split(i, [-4, None])", "schedule-factors-positive"),
    ('sch.bind(i, "foo")', "schedule-thread-name"),
    ('sch.cache_read(b, 7, "shared")', "schedule-buffer-index"),
    ('sch.cache_read(b, 0, "moon")', "schedule-scope"),
    ("sch.reorder(i, i)", "schedule-loop-twice"),
    ("sch.compute_at(b, k)", "schedule-own-loop"),
    ("sch.compute_inline(b)", "schedule-inline-reduction"),
    ("sch.vectorize(k)", "schedule-not-parallel"),
    ('sch.get_block("C", func_name="g")', "schedule-no-function"),
    ("x = [sch.split(i, [None, 4]), sch.split(i, [None, 4])]", "schedule-consumed"),
    ('sch.tensorize(k, "foo")', "schedule-intrinsic"),
    ("sch.split(b, [4, None])", "step-arguments"),
    ("sch.split(i, factor=[4])", "step-arguments"),
    ("sch.split(l, [4])", "step-unknown-name"),
    ("p, q, r = sch.split(i, [None, 4])", "step-unpack"),
    ("sch.get_loops(b)[7]", "step-index"),
    ("sch.split(i, [4 // 0])", "step-operands"),
    ("sch.split(i, ['a' * 1000000])", "step-operands"),
    ("sch.split(i, [1] * 1000000)", "step-operands"),
    ("sch.split(i, [9000000000 * 9000000000 * 2])", "step-operands"),
]


@pytest.mark.parametrize(("line", "id_"), FAILING)
def test_a_step_that_fails_says_why_at_its_place(line, id_):
    head = 'b = sch.get_block("C")\ni, j, k = sch.get_loops(b)\nsch.unroll(j)\n'
    parsed, scheduled = replayed(f"{head}{line}\nsch.parallel(i)\n")
    assert isinstance(scheduled.failure, LoweringError)
    what = scheduled.failure.what
    assert id_ in (what.id, getattr(what.values.get("reason"), "id", "")), scheduled.failure
    span = scheduled.failure.span
    assert parsed.program.text[span.start : span.end] == line
    # What the steps before it made is there.
    assert "T.unroll" in str(scheduled.mod.script())
    assert len(scheduled.steps) == 4


def test_methods_are_those_of_this_tvm():
    assert all(callable(getattr(Schedule, name)) for name in schedule_methods.methods())
    own = {n for n, v in inspect.getmembers(Schedule, callable) if not n.startswith("_")}
    left_out = own - schedule_methods.methods().keys()
    assert left_out == {
        "annotate_buffer_access",
        "can_decompose_padding",
        "copy",
        "fork_seed",
        "get",
        "get_sref",
        "is_",
        "same_as",
        "show",
        "unsafe_hide_buffer_access",
    }


def test_a_nest_that_is_cut_says_how_many_are_left_out():
    loops = "".join(
        f"    for i{n} in range(2):\n        A[i{n}] = T.float32({n})\n" for n in range(410)
    )
    head = '@T.prim_func\ndef f(A: T.Buffer((2,), "float32")):\n'
    found = nest(parse(read(head + loops)).mod)
    # The function itself is a line, too: of 411 there are 400.
    assert (len(found.nodes), found.left_out) == (400, 11)

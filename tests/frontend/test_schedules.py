"""Schedules in a text: which statements are steps, whose program they are about, what is refused."""

import ast

import pytest

from viz.frontend.program import read
from viz.frontend.schedule.code import schedule_of
from viz.model.catalog import schedule_methods

PROGRAM = """
@T.prim_func
def f(A: T.Buffer((64,), "float32")):
    for i in range(64):
        with T.block("A"):
            vi = T.axis.spatial(64, i)
            A[vi] = A[vi] + T.float32(1)

"""

WRITTEN = {
    "below": 'sch = tvm.tir.Schedule(f)\nb = sch.get_block("A")\ni, = sch.get_loops(b)\n',
    "a class of its own": "s = Schedule(tvm.IRModule({'main': f}))\ns.get_sblock('A')\n",
    "as TVM prints it": (
        "def apply_trace(sch: tir.Schedule) -> None:\n"
        '    b0 = sch.get_sblock(name="A", func_name="main")\n    l1, = sch.get_loops(block=b0)\n'
    ),
    "in a test": "def test_it():\n    sch = tir.Schedule(f, debug_mask='all')\n    sch.get_block('A')\n",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_steps_are_found(text):
    program = read(PROGRAM + text)
    code = schedule_of(program.schedules, "f")
    assert [step.method for step in code.steps][:2] == ["get_sblock", "get_loops"][
        : len(code.steps)
    ]
    assert all(program.text[s.span.start : s.span.end] == s.text for s in code.steps)
    assert not program.left_out


def test_the_last_schedule_of_a_program_counts():
    text = PROGRAM + PROGRAM.replace("def f", "def g")
    for name, method in (("f", "fuse"), ("g", "bind"), ("f", "split")):
        text += f"s = Schedule({name})\ns.{method}(1)\n"
    schedules = read(text).schedules
    assert [schedule_of(schedules, each).steps[0].method for each in "fg"] == ["split", "bind"]


def test_values_between_steps_are_known_and_what_only_shows_is_no_step():
    text = "tile = 8\nsch = Schedule(f)\nwidth = tile * 2\nsch.split(1, [None, width])\n"
    text += "print(sch.mod.script())\nsch.mod.show()\n"
    program = read(PROGRAM + text)
    (code,) = program.schedules
    assert [step.text for step in code.steps if not step.method] == ["tile = 8", "width = tile * 2"]
    assert [each.what.id for each in program.left_out] == ["left-out-output", "left-out-output"]


REFUSED = {
    "for i in range(3):\n    sch.split(i, [2])": "step-control-flow",
    "tune(sch)": "step-call",
    "sch.split(tune(), [2])": "step-call",
    "x = [sch]": "step-whole-schedule",
    "sch.splt(i, [2])": "step-method",
    "sch.state.mod": None,
    "sch.__class__()": "step-method",
    "sch.split(i, [k for k in x])": "step-expression",
    "sch.split(i, **x)": "step-expression",
    "sch.mod.f[0] = sch.split(i, [2])": "step-target",
    "sch.split(i, factors=[2 ** 9999])": "step-expression",
    "sch.split(i, " + "-" * 40 + "1)": "step-too-deep",
    "sch.split(i, f'{x}')": "step-expression",
    "if x:\n    sch.bind(i, 'a')": "step-control-flow",
    "sch.copy().split(i, [2])": "step-call",
}


@pytest.mark.parametrize(("line", "id_"), REFUSED.items())
def test_a_schedule_with_anything_else_is_not_taken(line, id_):
    program = read(f"{PROGRAM}sch = Schedule(f)\nsch.get_block('A')\n{line}\n")
    if id_ is None:
        assert len(program.schedules) == 1
        return
    assert not program.schedules
    said = [each.what for each in program.left_out if each.what.id == "left-out-schedule-statement"]
    assert [what.values["reason"].id for what in said] == [id_]


def test_examples_of_methods_are_calls_of_them():
    for name, row in schedule_methods.methods().items():
        calls = [node for node in ast.walk(ast.parse(row.example)) if isinstance(node, ast.Call)]
        assert name in {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)}
        assert 30 < len(row.en) < 300, name
        assert 10 < len(row.zh) < 160, name
        assert len(row.short.en) <= 12, name


def test_steps_in_comments_are_switched_off():
    text = "def schedule(sch):\n    b = sch.get_block('A')\n    # sch.unroll(b)\n    # not a step\n"
    text += "    i, = sch.get_loops(b)\n    # sch.bind(i, 'threadIdx.x')  \n\n# sch.show()\n"
    program = read(PROGRAM + text + "x = 1\n# sch.unroll(i)\n")
    (code,) = program.schedules
    assert [step.text for step in code.off] == ["sch.unroll(b)", "sch.bind(i, 'threadIdx.x')"]
    assert [program.text[s.span.start :][:2] for s in code.off] == ["# ", "# "]
    (code,) = read(PROGRAM + "def schedule(sch):\n    pass  # sch.get_block('A')\n").schedules
    assert [step.text for step in code.off] == ["sch.get_block('A')"]
    assert not code.steps

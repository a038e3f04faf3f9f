"""The gates on texts and on modules: what they refuse and allow, and their lists against TVM."""

import ast
import random
import types
from functools import reduce

import pytest

import viz
from tests.support.attacks.harmful_programs import (
    ATTACKS,
    CHAINS,
    LEFT_OUT,
    NATIVE,
    PLACES,
    Attack,
    body,
)
from tests.support.programs.examples import EXAMPLES, parsed
from tests.support.programs.random_programs import Writer
from tools import members
from viz.errors import ParseError, RefusedError, SourceError
from viz.frontend import gate
from viz.frontend.examples import examples
from viz.frontend.gate import allow_list
from viz.frontend.gate.context import Refusal, Scope
from viz.frontend.gate.grammar import ATTRIBUTES
from viz.frontend.gate.members import SAME, namespaces, paths
from viz.frontend.program import read as read_program
from viz.ir import parse as parsing
from viz.runtime import ir_gate
from viz.text import Patched, Text

STOPPED = (RefusedError, ParseError, SourceError)


def stopped_by(stop):
    return [pytest.param(attack, id=attack.name) for attack in ATTACKS if attack.stop == stop]


@pytest.fixture
def unread(monkeypatch):
    """Make it an error that TVM's parser gets a text."""

    def read(*arguments):
        raise AssertionError("TVM's parser got it")

    monkeypatch.setattr(parsing, "_parse", read)


# ---------------------------------------------------------------- attacks


@pytest.mark.parametrize("attack", stopped_by("text"))
def test_the_gate_on_the_text_stops(attack: Attack, unread, tmp_path):
    marker = tmp_path / "marker"
    text = attack.aimed(str(marker))
    with pytest.raises(STOPPED) as caught:
        parsing.parse(read_program(text), gated=True)
    assert not marker.exists()
    if isinstance(caught.value, RefusedError):
        assert caught.value.span is not None, "no line is named"
        assert caught.value.span.start < caught.value.span.end <= len(text)


@pytest.mark.parametrize("attack", stopped_by("ir"))
def test_the_gate_on_the_ir_stops_what_may_be_looked_at(attack: Attack):
    program = parsing.parse(read_program(attack.aimed("/marker")), gated=True)
    with pytest.raises(RefusedError, match="is not run: ") as caught:
        ir_gate.check(program.mod, program.user_span)
    assert caught.value.hint


def test_a_kernel_without_host_code_is_told_as_that():
    text = """@T.prim_func
def k(A: T.handle("float32")):
    T.func_attr({"calling_conv": 2, "tirx.kernel_launch_params": ["threadIdx.x"]})
    a = T.decl_buffer((64,), data=A)
    tx = T.launch_thread("threadIdx.x", 64)
    a[tx] = 0.0
"""
    program = parsing.parse(read_program(text), gated=True)
    with pytest.raises(RefusedError, match="no host code launches it"):
        ir_gate.check(program.mod, program.user_span)


@pytest.mark.parametrize("attack", stopped_by("limits"))
def test_what_no_gate_can_tell_is_let_through(attack: Attack):
    # What is in this list is the jail's to stop: it must not shrink unnoticed.
    gate.check(Patched(attack.text))


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_is_left_out_is_not_evaluated(name, tmp_path):
    marker = tmp_path / "marker"
    text = LEFT_OUT[name].replace("MARKER", str(marker))
    parsed = parsing.parse(read_program(text), gated=True)
    assert not marker.exists()
    assert str(marker) not in parsed.patched.string


def test_there_are_attacks_enough_and_no_two_are_the_same():
    assert len(ATTACKS) >= 200
    assert (
        len({attack.text for attack in ATTACKS})
        == len({attack.name for attack in ATTACKS})
        == len(ATTACKS)
    )


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (PLACES["a stored value"], "__import__"),
        (CHAINS["a module of T"], "T.external_kernel.os.system"),
        (body("T.evaluate(T.call_kernel(1))"), "T.call_kernel"),
        (body("T.evaluate(T.tile)"), "T.tile"),
        (body("r = T.meta_var([1])", "r = A", "T.max(*r)"), "*r"),
        (body("T.max(*A)"), "*A"),
        (body("for r in [1]: T.max(*r)", "r = T.meta_var([1])"), "*r"),
        (body('o = T.meta_var({"_a": 1})', "T.max(A[0], 1, **o)"), "**o"),
        (body('k = "a"', "o = T.meta_var({k: 1})", "T.max(A[0], 1, **o)"), "**o"),
        (body("T.tile.functools.reduce(max, (1, 2))"), "T.tile.functools.reduce"),
        (body("for open in range(4):", "    A[open] = 1", "T.evaluate(open)"), "open"),
        (body("T.evaluate(R.os)", "R = T.alloc_buffer((4,), 'int32')"), "R.os"),
        ('x = 1\nif x:\n    @T.prim_func\n    def f(变量: T.Buffer((4,), "int32")):\n        变量[0] = print(1)\n', "print"),
        ("@I.ir_module\nclass M:\n    a = 1\n    @T.prim_func\n    def f(): T.evaluate(0)\n", "a = 1"),
        (body("with T.block('a'):", "    A[0] = exit(1)"), "exit"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_place_in_the_users_text(text, at):
    with pytest.raises(RefusedError) as caught:
        parsing.parse(read_program(text), gated=True)
    assert Text(text).slice(caught.value.span).startswith(at)


# ---------------------------------------------------------------- what must pass


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_pass_both_gates(name):
    program = parsing.parse(read_program(examples()[name].text), gated=True)
    ir_gate.check(program.mod, program.user_span)
    assert program.mod.script() == parsed(name).mod.script()


@pytest.mark.parametrize("exact", [False, True])
def test_random_programs_pass_both_gates(exact):
    for seed in range(60):
        text = Writer(random.Random(seed).randint, exact=exact).function()
        gate.check(Patched(text))
        if seed % 10 == 0:
            ir_gate.check(parsing.parse(read_program(text)).mod)


@pytest.mark.parametrize(
    "text",
    [
        body("input = T.alloc_buffer((4,), 'int32')", "input[0] = A[0]"),
        body("type = T.alloc_buffer((4,), 'int32')", "for R in range(4):", "    A[R] = type[R]"),
        body("I = T.meta_var(3)", "x = T.meta_var([T.min(R, I) for R in range(4)])", "A[I] = x[I]"),
        body("x = T.meta_var([[i + j for j in (1, 2)] for i in range(0, 8, 2) if i > 2])"),
        body("T.evaluate(T.call_extern('int32', 'f', *[A[i] for i in range(4)]))"),
        body("tir = T.alloc_buffer(A.shape, 'int32')", "A[0] = tir[0]"),
        "@T.prim_func\ndef R(relax: T.handle, ir: T.handle, Tx: T.handle):\n    T.evaluate(relax)\n",
        body('T.evaluate(T.ptx["ld.global.nc.L1::no_allocate.v4.s32"](A.data))'),
        body('T.func_attr({"target": tvm.target.Target("llvm")})'),
        body('A[0] = T.call_intrin("int32", tvm.ir.Op.get("tirx.abs"), A[1])'),
        body("vi, *vs = T.axis.remap('SS', [A[0], A[1]])"),
        body('"""Holds `open(1)` and __import__."""', "A[0] = T.max(1, max(2, 3))"),
        body('assert A[0] > 0, "what: open(A)"'),
        body("T.evaluate(T.ptx.cp.async_.wait_group(0))", "Tx.cta.copy(A, A)"),
        body(
            "r = T.meta_var([A[i] for i in range(4)])",
            "T.evaluate(T.call_extern('int32', 'f', *r))",
        ),
        body('o = T.meta_var({"dispatch": "tma"})', "Tx.copy_async(A[0:4], B[0:4], **o)"),
        body("T.tile.copy(A[0:4], B[0:4])", "T.tile.cta.sqrt(A[0:4], B[0:4])"),
        body("T.attr(0, 'a', 'threadIdx.x')", "A[0] = T.cuda.__activemask()"),
        "@T.prim_func\ndef f(a: T.Buffer(('n + 1', 'T.max(n, 4)'), 'int8')):\n    T.evaluate(0)\n",
        "@T.prim_func\ndef __tvm_main__():\n    T.evaluate(0)\n",
        "@tvm.script.ir_module\nclass M:\n    '''Two.'''\n    I.module_attrs({'a': 1})\n"
        "    @T.prim_func(private=True)\n    def f(): T.evaluate(0)\n"
        "    @T.prim_func\n    def g(): M.f()\n",
    ],
)
def test_ordinary_spellings_pass(text):
    gate.check(Patched(text))


def test_constants_and_names_of_the_file_pass():
    text = "@K.prim_func\ndef f(A: K.Buffer(SHAPE, 'int8')):\n    for i, j in K.grid(*SHAPE): A[i, j] = N\n"
    gate.check(Patched(text), {"K": "T"}, {"SHAPE": (2, 3), "N": 4})
    with pytest.raises(RefusedError, match="no end"):
        gate.check(Patched(text), {"K": "T"}, {"SHAPE": (2,) * 3000, "N": 4})


def test_libm_and_asserts_may_run():
    text = body('assert A[0] > 0, "A[\\"0\\"]"', 'A[0] = T.call_extern("int32", "round", A[1])')
    ir_gate.check(parsing.parse(read_program(text), gated=True).mod)


def test_type_parameters_of_a_class_are_refused():
    # Python 3.12 and later read them; nothing evaluates them, and nothing needs them.
    tree = ast.parse("@I.ir_module\nclass M:\n    @T.prim_func\n    def f(): T.evaluate(0)\n")
    allow_list._walk(Scope(allow_list.LETTERS, {}), tree)
    tree.body[0].type_params = [ast.Name("X")]
    with pytest.raises(Refusal, match="no type parameters"):
        allow_list._walk(Scope(allow_list.LETTERS, {}), tree)


# ---------------------------------------------------------------- the lists


def test_the_reviewed_members_are_those_of_this_tvm():
    assert members.differences() == [], "run python -m tools.members --write and review"
    reasons = {why for row in namespaces().values() for why in row.refused.values()}
    assert members.UNREVIEWED not in reasons
    assert members.FILE.read_text(encoding="utf-8") == members.written(members.merged())


def test_no_allowed_member_leads_to_a_module():
    from tvm.script.parser.core.entry import _default_globals

    for path in paths():
        assert callable(
            reduce(getattr, path.split(".")[1:], _default_globals()[path[: path.index(".")]])
        )
    same = {name: namespaces()[place] for name, place in SAME.items()}
    for name, row in (namespaces() | same).items():
        letter, *parts = name.split(".")
        owner = _default_globals()[letter]
        for part in parts:
            owner = getattr(owner, part)
        for name in row.allowed:
            value = getattr(owner, name)
            reached = [value, *(getattr(value, word, None) for word in ATTRIBUTES)]
            assert not any(isinstance(value, types.ModuleType) for value in reached), name


def test_every_operation_of_this_tvm_may_run_or_may_not():
    import tvm

    rules = ir_gate.rules()
    refused = [name for row in rules.refused for name in row.operations]
    operations = {str(op) for op in tvm.ir.Op.list_op_names()}
    operations = {name for name in operations if not name.startswith("relax.")}
    listed = {*refused, *rules.operations}
    assert len(refused) == len(set(refused))
    assert not rules.operations & set(refused)
    assert {name for name in operations - listed if not name.startswith(rules.families)} == set()
    assert listed - operations == set()
    assert len(ir_gate._intrinsics()) == len(rules.llvm)


# ---------------------------------------------------------------- through the worker


def test_a_worker_has_both_gates_on():
    with pytest.raises(RefusedError, match="Python's `open` is not TVMScript") as caught:
        viz.analyze(PLACES["an argument"])
    assert caught.value.span is not None
    text = NATIVE["system"]
    assert viz.analyze(text, targets=["llvm"]).sources["llvm"].emissions
    with pytest.raises(RefusedError, match="it calls 'system'"):
        viz.run(text)


def test_what_one_trusts_passes_no_gate():
    text = body("A[0] = 2 ** 3")
    assert viz.inspect(text).sources["c"].emissions
    with pytest.raises(RefusedError, match=r"`\*\*` is not TVMScript"):
        viz.analyze(text)

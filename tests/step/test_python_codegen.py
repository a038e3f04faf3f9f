"""The Python codegen: its texts, its marks, and its outputs beside those of LLVM at every stage.

With TIRSCOPE_EXAMPLES=500 that many random programs run, and large examples as they are.
"""

import ast
import os
import re

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.builds import BOUND, recorded, refusal
from tests.support.marks import check_invariants
from tests.support.programs import outputs
from tests.support.programs.examples import EXAMPLES, parsed
from tests.support.programs.python_cases import PROGRAMS
from tests.support.programs.python_runs import (
    assert_same,
    case,
    program_at,
    stages,
    through_llvm,
    through_python,
    through_reference,
)
from tests.support.programs.random_expressions import INPUT, SIZES
from tests.support.programs.random_programs import programs
from tests.support.programs.thorough import VARIED, usually
from viz.errors import RunError
from viz.frontend.examples import examples
from viz.harness import arrays
from viz.ir.walker import walk
from viz.passes.recording import record
from viz.step import threads
from viz.step.python_codegen import python_of

HUNT = int(os.environ.get("TIRSCOPE_EXAMPLES", "0"))
ON_CPU = [name for name in EXAMPLES if not refusal(name, "c")]
ON_GPU = [name for name in EXAMPLES if not refusal(name, "cuda")]
SLOW = {
    "matmul_gpu",
    "matmul_scheduled",
    "conv2d",
    "reduce_sum",
    "softmax",
    "rms_norm",
    "dequantize_q4f16",
    "two_functions",
    "batched_matmul_f16",
}
"""The examples with many threads or rounds: they run at the last stage of CUDA, and at every fourth
of C."""
SMALLER = {
    "matmul": ("128", "16"),
    "batched_matmul_f16": ("64", "8"),
    "two_functions": ("96", "6"),
}
"""Numbers of large examples that are replaced: their loops would take Python seconds a stage."""


def sized(name: str, target: str = "c"):
    """Return an example, smaller if it is large, and the recording of its build."""
    if HUNT or name not in SMALLER:
        return parsed(name), recorded(name, target)
    program = outputs.read(
        re.sub(rf"\b{SMALLER[name][0]}\b", SMALLER[name][1], examples()[name].text)
    )
    return program, record(program.mod, target)


@pytest.mark.parametrize("name", ON_CPU)
def test_golden_text(name, golden):
    golden.check(f"python/{name}.txt", program_at(recorded(name, "c"), "input").text)


def test_the_question_s_two_texts():
    text = program_at(recorded("if_double", "c"), "input").text
    assert "        if x[i] < 5:\n            x[i] = x[i] * 2\n" in text


@pytest.mark.parametrize("name", usually(ON_CPU, VARIED))
def test_an_example_computes_what_llvm_computes_at_every_stage(name):
    (program, recording), function = sized(name), function_of(name)
    made = case(program, function)
    expected = through_llvm(program, made, function)
    reached = list(stages(recording))
    for stage in reached if HUNT or name not in SLOW else {*reached[::4], reached[-1]}:
        got = through_python(program_at(recording, stage), made, function)
        assert_same(got, expected, f"{name} at {stage}")


@pytest.mark.parametrize("name", usually(ON_GPU, VARIED - {"matmul_gpu", "rms_norm"}))
def test_an_example_computes_what_its_reference_says_at_every_stage_of_cuda(name):
    (program, recording), function = sized(name, "cuda"), function_of(name)
    made = case(program, function)
    if name in BOUND:
        expected = through_reference(program, made)
    else:
        expected = through_llvm(program, made, function)
    reached = list(stages(recording))
    for stage in reached if HUNT or name not in SLOW else reached[-1:]:
        got = through_python(program_at(recording, stage), made, function)
        assert_same(got, expected, f"{name} at {stage}")


def test_threads_in_step():
    """Threads that hand values over are one function with barriers, at the first and last stage."""
    for stage in ("input", 39):
        text = program_at(recorded("transpose_shared", "cuda"), stage).text
        assert "def thread(" in text
        assert "yield barrier\n" in text
        assert "run_threads(thread, 8, 32)" in text


def test_a_missed_barrier_is_named():
    def thread(index):
        if index == 1:
            yield threads.barrier

    with pytest.raises(
        RuntimeError, match=r"thread \(1,\) waits for thread \(0,\), which has ended"
    ):
        threads.run_threads(thread, 4)


@pytest.mark.parametrize(
    ("ask", "received"),
    [
        (threads.shuffle, [1, 1, 5, 5]),
        (threads.shuffle_up, [0, 0, 4, 4]),
        (threads.shuffle_down, [1, 1, 5, 5]),
        (threads.shuffle_xor, [1, 0, 5, 4]),
    ],
)
def test_shuffles_within_their_width(ask, received):
    got = {}

    def thread(index):
        got[index] = yield ask(index, 1, 2)

    threads.run_threads(thread, 8)
    assert [got[index] for index in (0, 1, 4, 5)] == received


INDICES = {
    "block, row = T.cta_id([2, 2])\n    x, y = T.thread_id([16, 4])": "block * 2 + row, y * 16 + x",
    "block = T.cta_id([4])\n    warp = T.warp_id([2])\n    lane = T.lane_id([32])": (
        "block, warp * 32 + lane"
    ),
    "block = T.cta_id([4])\n    x, y = T.thread_id([16, 4])\n    warp = T.warp_id([2])\n"
    "    lane = T.lane_id([32])": "block, warp * 32 + lane",
}


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("indices", INDICES)
def test_the_indices_of_a_tirx_kernel(indices, waits):
    """Threads have the same numbers before and after TVM binds them."""
    text = (
        "@T.prim_func\ndef main(A: T.Buffer((4, 64), 'int32')):\n    T.device_entry()\n"
        f"    {indices}\n"
        + ("    tile = T.alloc_shared((64,), 'int32')\n    T.cuda.cta_sync()\n" if waits else "")
        + "    A[{0}, {1}] = ({0}) * 64 + {1}\n".format(*INDICES[indices].split(", "))
    )
    program = outputs.read(text)
    made, recording = case(program), record(program.mod, "cuda")
    for stage in stages(recording):
        emission = program_at(recording, stage)
        assert stage != "input" or ("run_threads(" in emission.text) == waits
        got = through_python(emission, made)["A"]
        np.testing.assert_array_equal(got, np.arange(256).reshape(4, 64), err_msg=str(stage))


@pytest.mark.parametrize("barrier", ["T.tvm_storage_sync('warp')", "T.cuda.warp_sync()"])
def test_a_barrier_of_a_warp(barrier):
    """Its threads wait for each other, and those of the other warp do not have to come."""
    text = (
        "@T.prim_func\ndef main(A: T.Buffer((64,), 'int32')):\n    T.device_entry()\n"
        "    block = T.cta_id([1])\n    warp = T.warp_id([2])\n    lane = T.lane_id([32])\n"
        "    tile = T.alloc_shared((64,), 'int32')\n    tile[warp * 32 + lane] = lane\n"
        f"    if warp == 0:\n        {barrier}\n        A[lane] = tile[31 - lane]\n"
    )
    program = outputs.read(text)
    emission = python_of(walk(program.mod))
    assert "yield warp_barrier" in emission.text
    got = through_python(emission, case(program))["A"]
    np.testing.assert_array_equal(got[:32], np.arange(31, -1, -1))


def function_of(name: str) -> str:
    names = [str(variable.name_hint) for variable in parsed(name).mod.functions]
    return "main" if "main" in names else names[0]


@pytest.mark.parametrize("about", PROGRAMS)
def test_numbers_are_as_tir_defines_them(about):
    program = outputs.read(PROGRAMS[about])
    made = case(program, sizes={}, ranges={})
    recording, expected = record(program.mod, "c"), through_llvm(program, made)
    for stage in stages(recording):
        assert_same(through_python(program_at(recording, stage), made), expected, str(stage))


def test_unsigned_integers_wrap():
    """As in C; TVM's LLVM codegen tells LLVM that they never do, and gets other numbers."""
    text = PROGRAMS["uint8 wraps"].replace("uint8", "uint32").replace("200", "3000000000")
    program = outputs.read(text)
    made = case(program, sizes={}, ranges={})
    before = made.arguments.values["A"]
    after = through_python(python_of(walk(program.mod)), made)["A"]
    np.testing.assert_array_equal(after, (before - np.uint32(3000000000)) * np.uint32(3))


def test_a_signed_integer_that_does_not_fit_is_named():
    program = outputs.read(PROGRAMS["int64"].replace("5000000000", "9000000000000000000"))
    with pytest.raises(OverflowError):
        through_python(python_of(walk(program.mod)), case(program, sizes={}, ranges={}))


def test_a_barrier_is_what_makes_it_right():
    program, recording = sized("transpose_shared", "cuda")
    made = case(program)
    expected, emission = through_reference(program, made), program_at(recording, 39)
    assert_same(through_python(emission, made), expected)
    text = emission.text.replace("yield barrier", "pass")
    wrong = through_python(msgspec.structs.replace(emission, text=text), made)
    assert not np.array_equal(wrong["B"], expected["B"])


MARKED = [(name, "c") for name in ON_CPU]
MARKED += [(name, "cuda") for name in ("if_else", "softmax", "transpose_shared", "matmul_gpu")]


@pytest.mark.parametrize(("name", "target"), usually(MARKED, VARIED))
def test_every_character_of_a_function_has_the_mark_of_its_node(name, target):
    recording = recorded(name, target)
    for stage in stages(recording):
        tree = walk(recording.stage(stage), stage, target)
        emission = python_of(tree)
        check_invariants(emission, tree, says={})
        marked = [tree.nodes[mark.node].type_key for mark in emission.marks]
        defined = [n for n in ast.parse(emission.text).body if isinstance(n, ast.FunctionDef)]
        assert marked.count("tirx.PrimFunc") == len(defined)
        covered = sum(
            mark.end - mark.start
            for mark in emission.marks
            if tree.nodes[mark.node].type_key == "tirx.PrimFunc"
        )
        lines = emission.text.split("\n")
        assert covered == sum(
            len("\n".join(lines[function.lineno - 1 : function.end_lineno])) for function in defined
        )


SAYS = {
    "tirx.For": lambda text: text.startswith("for "),
    "tirx.IfThenElse": lambda text: text.startswith("if "),
    "tirx.BufferStore": lambda text: " = " in text,
    "ir.TensorLoad": lambda text: text.endswith("]"),
    "prim.Mul": lambda text: "*" in text,
    "prim.LT": lambda text: "<" in text,
    "ir.IntImm": lambda text: text.isdigit(),
    "ir.Var": lambda text: text.isidentifier(),
}


def test_a_mark_holds_what_its_node_writes():
    tree = walk(recorded("if_else", "c").stage("input"))
    emission = python_of(tree)
    seen = set()
    for mark in emission.marks:
        key = tree.nodes[mark.node].type_key
        if key in SAYS:
            seen.add(key)
            assert SAYS[key](emission.text[mark.start : mark.end]), key
    assert seen == set(SAYS)


def test_a_node_without_a_rule_is_named_with_its_place():
    text = (
        "@T.prim_func\ndef main(A: T.Buffer((8,), 'int32')):\n"
        "    T.evaluate(T.call_extern('int32', 'getchar'))\n"
    )
    program = outputs.read(text)
    with pytest.raises(RunError, match=r"no rule for tirx\.call_extern: it is an instr") as raised:
        python_of(walk(program.mod, user_span=program.user_span))
    assert raised.value.span is not None


@pytest.mark.parametrize("target", ["c", "cuda"])
def test_why_a_stage_cannot_be_written(target):
    recording = recorded("add_one", target)
    number = [step.name for step in recording.steps].index("tirx.MakePackedAPI") + 1
    assert program_at(recording, number - 1).text
    with pytest.raises(RunError, match="handles the packed arguments of a C function"):
        program_at(recording, number)


def test_a_name_that_python_reads_as_another_is_changed():
    text = PROGRAMS["infinity"].replace("i in", "ｅｘｐ in").replace("A[i]", "A[ｅｘｐ]")
    written = python_of(walk(outputs.read(text).mod)).text
    assert "for exp_1 in range(8):" in written


@settings(
    max_examples=HUNT or 16,
    derandomize=not HUNT,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(programs(exact=True))
def test_a_random_program_computes_what_llvm_computes(text):
    program = outputs.read(text)
    ranges = {str(param.name): (-INPUT, INPUT + 1) for param in program.mod["main"].params}
    made = case(program, sizes=SIZES, ranges=ranges)
    whole = {
        name: np.rint(value).astype(value.dtype)
        if isinstance(value, np.ndarray)
        else type(value)(round(value))
        for name, value in made.arguments.values.items()
    }
    made = made._replace(arguments=arrays.Arguments(whole, made.arguments.sizes))
    recording, expected = record(program.mod, "c"), through_llvm(program, made)
    for stage in stages(recording):
        outputs_ = through_python(program_at(recording, stage), made)
        for name, value in expected.items():
            np.testing.assert_array_equal(outputs_[name], value, err_msg=f"{name} at {stage}")

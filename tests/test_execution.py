"""Outputs against NumPy, and that a wrong program is found out."""

import numpy as np
import pytest
from conftest import EXAMPLES, parsed

from viz import source
from viz.engine import execution
from viz.engine.parse import parse
from viz.errors import RequestError, RunError, VizError
from viz.examples import examples
from viz.model import Options, Request, RunPart

BOUND = {"matmul_gpu", "transpose_shared"}
needs_c = pytest.mark.skipif(not execution.c_compiler(), reason="no C compiler is installed")
needs_gpu = pytest.mark.skipif(bool(execution._no_cuda()), reason="there is no CUDA device")


def run(program, device, **options):
    result = parse(source.read(program)) if isinstance(program, str) else program
    request = Request(target=device, part=RunPart(device=device, **options))
    return execution.run(result, execution._first(result), request)


def check(name, device, seed=0, options=Options()):
    result = parsed(name)
    request = Request(target=device, options=options, part=RunPart(device=device, seed=seed))
    outcome = execution.run(result, "main", request)
    assert outcome.reference == "the NumPy reference"
    assert outcome.passed, outcome.comparisons


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in BOUND])
def test_every_example_on_llvm(name):
    for seed in (0, 1):
        check(name, "llvm", seed)


@needs_c
@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in BOUND])
def test_every_example_on_c(name):
    # The C codegen writes vectors in OpenCL's way, which no C compiler reads.
    vectors = name == "loop_kinds"
    check(name, "c", options=Options(config={"tirx.disable_vectorize": True} if vectors else {}))


@needs_c
def test_what_a_c_compiler_refuses_is_said():
    with pytest.raises(RunError, match=r"line \d+: unknown type name"):
        check("loop_kinds", "c")


@pytest.mark.gpu
@needs_gpu
@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "if_double"])
def test_every_example_on_a_gpu(name):
    check(name, "cuda")


@pytest.mark.parametrize("name", sorted(BOUND))
def test_thread_bound_programs_say_that_they_need_a_gpu(name):
    with pytest.raises(VizError, match="bound to GPU threads"):
        check(name, "llvm")


WRONG = {
    "matmul": ("A[vi, vk]", "A[vk, vi]"),
    "softmax": ("T.exp(", "T.exp2("),
    "add_one": ("+ 1.0", "+ 1.01"),
    "reduce_sum": ("T.float32(0)", "T.float32(1)"),
    "relu_bias": ("T.max(", "T.min("),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_found_and_placed(name):
    text = examples()[name].text
    assert WRONG[name][0] in text
    outcome = run(text.replace(*WRONG[name], 1), "llvm")
    assert not outcome.passed
    comparison = outcome.comparisons[0]
    assert comparison.mismatches > 0
    assert comparison.first.got != comparison.first.expected
    assert abs(comparison.worst.got - comparison.worst.expected) == pytest.approx(
        comparison.max_abs
    )


def test_an_element_nobody_writes_is_found():
    text = """@T.prim_func
def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(7):
        B[i] = A[i]

def reference(A):
    return A
"""
    outcome = run(text, "llvm")
    assert not outcome.passed
    assert outcome.comparisons[0].first.index == (7,)


@needs_c
def test_without_a_reference_another_codegen_is_the_reference():
    text = examples()["softmax"].text
    text = text[: text.index("def reference")]
    assert run(text, "llvm").reference == "the same program through C on this CPU"
    assert run(text, "c").reference == "the same program through LLVM on this CPU"


def test_no_gpu_is_said_and_not_pretended():
    if not execution._no_cuda():
        pytest.skip("there is a CUDA device")
    outcome = run(examples()["add_one"].text, "cuda")
    assert outcome.passed
    assert outcome.device == "cuda"
    assert "LLVM" in outcome.ran
    assert outcome.problems[0].code == "stand-in"


def test_symbolic_sizes_and_scalars():
    for n in (1, 31, 1000):
        outcome = run(examples()["dynamic_add"].text, "llvm", sizes={"n": n})
        assert outcome.passed
        assert outcome.sizes == {"n": n}
        assert outcome.comparisons[0].shape == (n,)


def test_a_value_that_is_returned():
    text = "@T.prim_func\ndef f(a: T.int32) -> T.int32:\n    return a + 1\n\ndef reference(a):\n    return a + 1\n"
    outcome = run(text, "llvm")
    assert outcome.passed
    assert outcome.comparisons[0].name == "returned value"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("def reference(Q):\n    return Q", "takes Q"),
        ("def reference(A):\n    return A[:2]", "shape"),
        ("def reference(A):\n    return A, A", "returns 2 values"),
        ("def reference(A):\n    return 1 / 0", "ZeroDivisionError"),
        ("def nonsense(:", "cannot be read"),
    ],
)
def test_a_bad_reference_is_said(reference, message):
    with pytest.raises(RunError, match=message):
        run(examples()["add_one"].text, "llvm", reference=reference)


def test_an_unknown_device_is_named():
    with pytest.raises(RequestError, match="no device named 'tpu'"):
        run(examples()["add_one"].text, "tpu")


def test_inputs_follow_the_seed():
    first, again, other = (
        run(examples()["add_one"].text, "llvm", seed=s).inputs for s in (3, 3, 4)
    )
    assert first == again != other


def test_comparison_of_what_is_not_finite():
    values = np.array([1.0, np.nan, np.inf, -np.inf, 0.0], "float32")
    assert execution.compare("x", values, values).passed
    other = np.array([1.0, np.nan, np.inf, np.inf, np.nan], "float32")
    result = execution.compare("x", values, other)
    assert (result.passed, result.mismatches, result.max_abs) == (False, 2, None)
    assert result.first.index == (3,)

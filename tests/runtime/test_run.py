"""Running programs: outputs compared with references, devices, refusals."""

import numpy as np
import pytest

from tests.support.programs.examples import parsed
from viz.errors import RequestError, RunError
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.harness.comparison import compare
from viz.ir.parse import parse
from viz.model import EMULATED, Options, Request, RunPart
from viz.runtime import devices
from viz.runtime import run as run_module
from viz.runtime.build import compile_c
from viz.runtime.expectation import first_function
from viz.service.engine.dispatch import answer

needs_c = pytest.mark.skipif(
    bool(run_module.DEVICES["c"].missing()), reason="no C compiler is installed"
)
needs_emulator = pytest.mark.skipif(
    bool(run_module.DEVICES[EMULATED].missing()), reason="no C++ compiler is installed"
)


def run(program, device, **options):
    result = parse(read(program)) if isinstance(program, str) else program
    request = Request(part=RunPart(device=device, **options))
    return run_module.run(result, first_function(result), request)


def check(name, device, seed=0, options=Options()):
    result = parsed(name)
    request = Request(options=options, part=RunPart(device=device, seed=seed))
    outcome = run_module.run(result, "main", request)
    assert outcome.reference.text() == "the NumPy reference"
    assert outcome.passed, outcome.comparisons


@needs_c
def test_the_c_compilers_diagnostic_is_reported():
    with pytest.raises(RunError, match=r"line \d+: unknown type name") as caught:
        check("loop_kinds", "c", options=Options(config={"tirx.disable_vectorize": False}))
    assert "vector types" in caught.value.hint
    with pytest.raises(RunError, match="line 1:") as caught:
        compile_c("int32_t f( {")
    assert caught.value.hint == ""


@needs_c
def test_vectorized_loops_run_as_plain_ones_through_c_with_a_remark():
    (problem,) = run(examples()["loop_kinds"].text, "c").problems
    assert "tirx.disable_vectorize=true" in problem.message
    assert not run(examples()["add_one"].text, "c").problems


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


def test_an_unwritten_element_is_found():
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
    assert run(text, "llvm").reference.text() == "the same program through C on this CPU"
    assert run(text, "c").reference.text() == "the same program through LLVM on this CPU"


def test_a_missing_gpu_is_reported():
    if not run_module.DEVICES["cuda"].missing():
        pytest.skip("there is a CUDA device")
    outcome = run(examples()["add_one"].text, "cuda")
    assert outcome.passed
    assert outcome.device == "cuda"
    assert "LLVM" in str(outcome.ran)
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
def test_a_failing_reference_is_reported(reference, message):
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


def test_comparison_of_values_that_are_not_finite():
    values = np.array([1.0, np.nan, np.inf, -np.inf, 0.0], "float32")
    assert compare("x", values, values).passed
    other = np.array([1.0, np.nan, np.inf, np.inf, np.nan], "float32")
    result = compare("x", values, other)
    assert (result.passed, result.mismatches, result.max_abs) == (False, 2, None)
    assert result.first.index == (3,)


def test_the_tolerance_follows_the_size_of_the_values():
    for kind in ("float16", "float32", "float64"):
        small = np.full(1000, 1e-5, kind)
        assert not compare("x", np.zeros_like(small), small).passed
        # One large element does not widen the tolerance of small ones; one rounding passes.
        spiked = np.r_[small, [0.9]].astype(kind)
        assert compare("x", np.r_[small[:-1] * 0, spiked[-2:]], spiked).mismatches == 999
        assert compare("x", np.nextafter(small, np.ones_like(small)), small).passed
    # The error of terms that cancel is a rounding of those terms.
    terms = np.array([1.0, -1.0, 1e-9], "float32")
    assert compare("x", terms + np.float32(1e-7), terms).passed
    assert compare("x", np.full(3, 1e-7, "float32"), np.zeros(3, "float32")).passed
    assert not compare("x", np.full(3, 1e-4, "float32"), np.zeros(3, "float32")).passed


def test_errors_against_zero_have_no_relative_error():
    result = compare("x", np.array([1e-9, 2.0], "float32"), np.array([0.0, 2.0], "float32"))
    assert (result.passed, result.max_rel) == (True, 0.0)
    assert compare("x", np.ones(1), np.zeros(1)).max_rel is None


def test_integers_are_compared_as_integers():
    one_off = compare("x", np.array([2**60 + 1, 5]), np.array([2**60, 5]))
    assert (one_off.mismatches, one_off.max_abs) == (1, 1.0)
    assert (one_off.first.got, one_off.first.expected) == (2**60 + 1, 2**60)
    assert compare("x", np.array([2**60]), np.array([2.0**60])).passed
    assert not compare("x", np.array([1]), np.array([1.5])).passed
    assert not compare("x", np.array([1]), np.array([np.nan])).passed
    ends = np.iinfo("int64")
    assert compare("x", np.array([ends.max]), np.array([ends.min])).max_abs == pytest.approx(2**64)
    assert not compare("x", np.array([2**64 - 1], "uint64"), np.array([-1])).passed
    assert not compare("x", np.array([True]), np.array([False])).passed


TWO = """@T.prim_func
def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        B[i] = A[i] + T.float32(1)

@T.prim_func
def g(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        B[i] = A[i] * T.float32(2)

def reference(A):
    return A + 1
"""


def test_a_reference_is_that_of_the_first_definition():
    assert run(TWO, "llvm").reference.text() == "the NumPy reference"
    other = parse(read(TWO), "g")
    outcome = run(other, "llvm")
    assert outcome.passed
    assert "the same program" in str(outcome.reference)
    assert "the text's reference is that of f" in outcome.problems[0].message.lower()
    # A reference of the request is used for any function.
    assert not run(other, "llvm", reference="def reference(A): return A + 1").passed


def test_a_returned_float32_is_compared_as_float32():
    text = """@T.prim_func
def f(a: T.float32) -> T.float32:
    return a + T.float32(0.1)

def reference(a):
    return a + 0.1
"""
    outcome = run(text, "llvm")
    assert outcome.comparisons[0].dtype == "float32"
    assert outcome.passed


@pytest.mark.parametrize("kind", ["float32", "int32", "bool"])
def test_an_unwritten_output_does_not_pass(kind):
    text = f"""@T.prim_func
def f(A: T.Buffer((8,), "{kind}"), B: T.Buffer((8,), "{kind}")):
    for i in range(8):
        if i > 8:
            B[i] = A[i]
"""
    outcome = run(text, "llvm")
    assert not outcome.passed
    assert outcome.problems[0].code == "unwritten"
    assert run(text.replace("i > 8", "i > 5"), "llvm").passed


def test_without_a_c_compiler_the_same_codegen_is_the_reference(monkeypatch):
    monkeypatch.setattr(devices, "c_compiler", lambda: "")
    text = examples()["softmax"].text
    text = text[: text.index("def reference")]
    outcome = run(text, "llvm")
    assert outcome.passed
    assert "the same codegen again" in str(outcome.reference)
    assert "not of its C text" in run(text, "c").problems[0].hint


def test_a_reference_may_use_the_text_around_it():
    text = (
        "import math\nimport no_such_module\nN = 8\nM = N * 2\n"
        "raise_if_run = undefined_name\nA = undefined_name\n"
        "def helper(x):\n    return x + math.floor(1.5) * M // 16\n"
        + TWO[: TWO.index("@T.prim_func\ndef g")].replace("(8,)", "(N,)")
        + "def reference(A, eps=0.0, *rest):\n    return helper(A) + eps\n"
    )
    assert run(text, "llvm").passed


def test_a_reference_knows_the_arguments_of_a_factory():
    text = """N = 5
def make(N: int = 4):
    @T.prim_func
    def f(A: T.Buffer((N,), "float32")):
        for i in range(N):
            A[i] = T.float32(N)
    return f

def reference():
    return np.full(N, N)
"""
    for arguments in {}, {"N": 8}:
        made = parse(read(text), arguments=arguments)
        request = Request(target="llvm", arguments=arguments, part=RunPart(device="llvm"))
        assert run_module.run(made, "f", request).passed


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("assert False, 'no'", "AssertionError: no"),
        ("open('/no/such')", "FileNotFoundError"),
        ("import no_such_module", "ModuleNotFoundError"),
        ("import sys; sys.exit()", "SystemExit"),
        ("return np.array(['a'] * 8)", "not as numbers"),
        ("return [object()] * 8", "not as numbers"),
    ],
)
def test_any_exception_of_a_reference_is_a_run_error(body, message):
    with pytest.raises(RunError, match=message):
        run(TWO, "llvm", reference=f"def reference(A):\n    {body}\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "seed is -1"),
        ({"sizes": {"n": -5}}, "size of n is -5"),
        ({"sizes": {"n": 2**40}}, "size of n is"),
        ({"sizes": {"m": 5}}, "no extent is named 'm'"),
    ],
)
def test_invalid_settings_are_refused(options, message):
    with pytest.raises(RequestError, match=message):
        run(examples()["dynamic_add"].text, "llvm", **options)
    with pytest.raises(RunError, match="more than 67,108,864 elements"):
        run(examples()["dynamic_add"].text, "llvm", sizes={"n": 2**31 - 1})


@pytest.mark.parametrize("kind", ["int4", "uint1"])
def test_dtypes_of_partial_bytes_are_refused(kind):
    with pytest.raises(RunError, match=f"no array of {kind}"):
        run(TWO.replace("float32", kind).replace(f" + T.{kind}(1)", ""), "llvm")


@pytest.mark.parametrize("device", ["llvm", pytest.param("c", marks=needs_c)])
def test_an_extern_that_does_not_exist_is_named(device):
    text = """@T.prim_func
def f(A: T.Buffer((8,), "float64")):
    for i in range(8):
        A[i] = T.call_extern("float64", "NAME", A[i])
"""
    with pytest.raises(RunError, match="calls nosuch"):
        run(text.replace("NAME", "nosuch"), device)
    assert run(
        text.replace("NAME", "cos") + "\ndef reference(A): return np.cos(A)\n", device
    ).passed


def test_an_assertions_message_is_reported_whole():
    text = """@T.prim_func
def f(A: T.Buffer((8,), "float32")):
    for i in range(8):
        A[i] = T.float32(1)
    assert A[0] > T.float32(3), "must be more\\nthan three"
"""
    with pytest.raises(RunError, match="must be more than three"):
        run(text, "llvm")


def test_the_texts_reference_is_that_of_its_first_function_alone():
    text = """
@I.ir_module
class Module:
    @T.prim_func
    def main(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
        for i in range(8):
            B[i] = A[i] + T.float32(1)

    @T.prim_func
    def other(C: T.Buffer((8,), "float32"), D: T.Buffer((8,), "float32")):
        for i in range(8):
            D[i] = C[i] + T.float32(2)

def reference(A):
    return A + 1
"""
    kinds = [
        answer(Request(text=text, function=name, part=RunPart())).reference_kind
        for name in ("main", "other")
    ]
    assert kinds == ["numpy", ""]

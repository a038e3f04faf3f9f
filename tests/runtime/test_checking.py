"""Check runs: references that are chosen, tolerances, arrays of one's own, what is kept, times."""

import numpy as np
import pytest

import viz
from tests.support.programs.launch_mistakes import launch_mistakes
from viz.errors import RequestError
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.harness.array_files import npy
from viz.ir.parse import parse
from viz.model import Request, RunPart
from viz.render.outcomes.run_words import picture_words, share_of_roof, timing_words
from viz.runtime import run as run_module
from viz.runtime.analysis.work import work
from viz.runtime.expectation import first_function
from viz.runtime.run import prepared

TWICE = """@T.prim_func
def f(a: T.handle, b: T.handle):
    n = T.int32()
    A = T.match_buffer(a, (n, 3), "float32")
    B = T.match_buffer(b, (n, 3), "float32")
    for i, j in T.grid(n, 3):
        B[i, j] = A[i, j] * T.float32(2)
"""
NUMPY = "def reference(A):\n    return A * 2\n"
OFF = "def reference(A):\n    return A * 2 + 1\n"


def run(text, **options):
    parsed = parse(read(text))
    request = Request(part=RunPart(device=options.pop("device", "llvm"), **options))
    return run_module.run(parsed, first_function(parsed), request)


@pytest.mark.parametrize(
    ("options", "kind", "passed", "described"),
    [
        ({}, "numpy", True, "the NumPy reference"),
        ({"reference": OFF}, "own", False, "your own NumPy reference"),
        ({"reference": OFF, "compare_with": "own"}, "own", False, "your own NumPy reference"),
        ({"reference": OFF, "compare_with": "numpy"}, "numpy", True, "the NumPy reference"),
        ({"reference": OFF, "compare_with": "llvm"}, "llvm", True, "before any pass, through LLVM"),
        ({"compare_with": "python"}, "python", True, "before any pass, through Python"),
    ],
)
def test_the_outcome_says_what_it_was_compared_with(options, kind, passed, described):
    outcome = run(TWICE + NUMPY, **options)
    assert (outcome.reference_kind, outcome.passed) == (kind, passed)
    assert described in outcome.reference.text()
    same = [problem.code for problem in outcome.problems]
    assert same == (["same"] if kind == "llvm" else [])


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (TWICE, {"compare_with": "numpy"}, "no NumPy function"),
        (TWICE, {"compare_with": "own"}, "none was given"),
        (examples()["matmul_gpu"].text, {"compare_with": "llvm"}, "bound to GPU threads"),
        (TWICE, {"rtol": -1.0}, "rtol is -1"),
        (TWICE, {"atol": float("inf")}, "atol is inf"),
    ],
)
def test_what_cannot_be_compared_is_refused(text, options, words):
    device = "cuda-emulated" if "thread_binding" in text or "launch" in text else "llvm"
    with pytest.raises(RequestError, match=words):
        run(text, device=device, **options)


def test_threads_are_compared_with_the_python_target():
    mistake = next(each for each in launch_mistakes() if each.name == "sum_over_threads")
    outcome = run(mistake.text, device="python", compare_with="python")
    assert outcome.reference_kind == "python"


def test_arrays_give_the_sizes_that_nobody_chose():
    a = np.arange(21, dtype="float32").reshape(7, 3)
    outcome = run(TWICE, arrays={"A": npy(a)}, keep=True, compare_with="python")
    assert outcome.sizes == {"n": 7}
    kept = viz.arrays_of(outcome)
    np.testing.assert_array_equal(kept["input.A"], a)
    np.testing.assert_array_equal(kept["output.B"], kept["expected.B"])
    assert kept["output.B"].tolist() == (a * 2).tolist()
    with pytest.raises(RequestError, match=r"7 x 3.*9 x 3"):
        run(TWICE, arrays={"A": npy(a)}, sizes={"n": 9})
    with pytest.raises(RequestError, match="n is 7 by the array for A and 2 by that for B"):
        run(TWICE, arrays={"A": npy(a), "B": npy(a[:2])})


def test_a_tolerance_of_ones_own_is_said_to_be_that():
    (strict,) = run(TWICE + OFF).comparisons
    assert not strict.passed
    (loose,) = run(TWICE + OFF, atol=2.0).comparisons
    assert (loose.passed, loose.is_own, loose.atol) == (True, True, 2.0)
    assert loose.why.text() == "you set this tolerance"


def test_what_is_too_large_is_not_kept_and_is_pictured_all_the_same():
    outcome = run(TWICE, sizes={"n": 1 << 20}, keep=True, pictures=True)
    assert outcome.arrays == {}
    assert [problem.code for problem in outcome.problems] == ["not-kept"]
    (comparison,) = outcome.comparisons
    words = " ".join(each.text() for each in picture_words(comparison, comparison.picture))
    assert "a cell has 16384 × 1 elements" in words
    assert "no element is wrong" in words


@pytest.mark.parametrize(
    ("name", "moved", "operations"),
    [
        ("matmul", 4 * 3 * 128 * 128, 2 * 128**3),
        ("vector_add", 3 * 4 * 4096, 4096),
        ("softmax", 2 * 4 * 128 * 128, 5 * 128 * 128),
        ("dynamic_add", 3 * 4 * 1000, 1000),
        ("collatz", None, None),
        ("matmul_gpu", None, 2),
    ],
)
def test_the_work_is_counted_in_the_ir(name, moved, operations):
    parsed = parse(read(examples()[name].text))
    main = first_function(parsed)
    function = parsed.mod[main]
    arguments = prepared(parsed, main, function, 0, {}, {}).arguments
    found = work(function, parsed.mod, arguments)
    if moved is not None:
        assert found.bytes == moved
    if name == "matmul_gpu":  # threads are loops, too
        rows, inner = arguments.values["A"].shape
        operations = 2 * rows * inner * arguments.values["B"].shape[-1]
    assert found.operations == operations


def test_times_of_a_cpu_are_ratios():
    outcome = run(examples()["matmul"].text, timed=True)
    timing = outcome.timing
    assert timing.low <= timing.median <= timing.high
    assert not timing.is_absolute
    assert 0 < share_of_roof(timing) < 2
    words = [each.text() for each in timing_words(timing)]
    assert "times the median" in words[0]
    assert not any(" µs" in each for each in words)
    assert "4,194,304 operations: 21.3 for each byte" in words[1]
    assert "its ceiling, which is arithmetic" in words[2]
    no_time = run(examples()["vector_add"].text, device="python", timed=True)
    assert no_time.timing is None
    assert "no-time" in [problem.code for problem in no_time.problems]

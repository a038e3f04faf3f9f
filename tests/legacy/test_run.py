"""Runs of the 2024 TVM: on LLVM, C and the emulator, with the same inputs and references."""

import importlib.util

import numpy as np
import pytest

from tests.support.legacy import require_legacy_tvm
from tests.support.legacy.programs import parsed, text_of

require_legacy_tvm()

import tvm  # noqa: E402

from viz.errors import RefusedError, RequestError, RunError  # noqa: E402
from viz.frontend.program import read  # noqa: E402
from viz.harness.array_files import archive_of, npy  # noqa: E402
from viz.legacy.dispatch import LegacyAnswers  # noqa: E402
from viz.legacy.parse import parse  # noqa: E402
from viz.legacy.runtime.ir_gate import check  # noqa: E402
from viz.model import EMULATED, Request, RunPart  # noqa: E402


def ask(text, device="llvm", **part):
    return LegacyAnswers().answer(Request(text=text, part=RunPart(device=device, **part)))


@pytest.mark.parametrize("device", ["llvm", "c", EMULATED])
@pytest.mark.parametrize("name", ["add_one", "argmax", "batched_matmul_f16", "dynamic_add"])
def test_outputs_are_those_of_the_reference(name, device):
    outcome = ask(text_of(name), device)
    assert outcome.passed
    assert all(each.passed for each in outcome.comparisons)
    assert outcome.reference.id == "compared-reference"
    assert outcome.seconds > 0


def test_a_program_that_is_bound_to_threads_runs_on_the_emulator_alone():
    assert ask(text_of("matmul_gpu"), EMULATED).passed
    checked = ask(text_of("transpose_shared"), EMULATED, checked=True)
    assert (checked.passed, checked.mode, checked.findings) == (True, "checked", ())
    has_parser = importlib.util.find_spec("tree_sitter_cuda") is not None
    assert [problem.code for problem in checked.problems] == ["fibers"] * (not has_parser)
    with pytest.raises(RunError) as caught:
        ask(text_of("matmul_gpu"), "cuda")
    assert caught.value.what.id == "cannot-run-bound"


WRITES_OUTSIDE = """
@T.prim_func
def main(A: T.Buffer((8,), "int32"), B: T.Buffer((8,), "int32")):
    for i in range(9):
        B[i] = A[i % 8]
"""
FORGETS = """
@T.prim_func
def main(A: T.Buffer((8,), "int32"), B: T.Buffer((8,), "int32"), C: T.Buffer((8,), "int32")):
    for i in range(8):
        B[i] = A[i]
        if A[i] > 100:
            C[i] = 1
"""
RACES = """
@T.prim_func
def main(A: T.Buffer((64,), "int32"), B: T.Buffer((64,), "int32")):
    S = T.alloc_buffer((64,), "int32", scope="shared")
    for t in T.thread_binding(64, thread="threadIdx.x"):
        with T.block("all"):
            T.reads(A[0:64])
            T.writes(B[0:64])
            S[0] = A[t]
            B[t] = S[0]
"""


@pytest.mark.parametrize("device", ["llvm", "c"])
def test_a_write_behind_a_buffer_is_found(device):
    outcome = ask(WRITES_OUTSIDE, device)
    (finding,) = outcome.findings
    assert (finding.kind, finding.buffer, finding.index) == ("bounds", "B", (8,))
    assert not outcome.passed


def test_an_output_that_is_never_written_is_named():
    outcome = ask(FORGETS)
    assert [each.what.values["name"] for each in outcome.problems] == ["C"]
    assert not outcome.passed


@pytest.mark.gpu
@pytest.mark.skipif(not tvm.cuda(0).exist, reason="needs a CUDA device")
def test_a_gpu_runs_what_nvcc_makes_of_the_kernels():
    outcome = ask(text_of("vector_add"), "cuda")
    assert outcome.passed
    assert "GPU" not in outcome.ran.text()


def test_a_race_is_found_in_checked_mode():
    findings = ask(RACES, EMULATED, checked=True).findings
    race = next(finding for finding in findings if finding.kind == "race")
    assert {site.own_text for site in race.sites} <= {"S[0] = A[t]", "B[t] = S[0]"}


@pytest.mark.parametrize(
    ("body", "id_"),
    [
        ('T.evaluate(T.call_extern("int32", "system", "ls"))', "not-run-extern"),
        ('T.evaluate(T.call_packed("runtime.SystemLib"))', "not-run-operation"),
        ('T.attr(0, "pragma_import_c", "code")\n    A[0] = 1.0', "not-run-attribute"),
        ('P = T.reinterpret("handle", T.uint64(1))\n    T.evaluate(P)', "not-run-pointer"),
    ],
)
def test_what_must_not_run_is_refused_at_its_place(body, id_):
    text = f'@T.prim_func\ndef main(A: T.Buffer((8,), "float32")):\n    {body}\n'
    program = parse(read(text))
    with pytest.raises(RefusedError) as caught:
        check(program.mod, program.user_span)
    assert caught.value.what.values["why"].id == id_


@pytest.mark.parametrize(
    ("part", "error", "id_"),
    [
        ({"device": "tpu"}, RequestError, "no-device"),
        ({"checked": True}, RequestError, "no-checked-mode-2024"),
        ({"order": "reversed"}, RequestError, "no-thread-order"),
        ({"seed": -1}, RequestError, "negative-seed"),
        ({"sizes": {"n": 5}}, RequestError, "no-extent-named"),
        ({"ranges": {"A": (3, 1)}}, RequestError, "bad-range"),
    ],
)
def test_requests_that_make_no_sense_are_refused(part, error, id_):
    with pytest.raises(error) as caught:
        ask(text_of("add_one"), **part)
    assert caught.value.what.id == id_


def test_sizes_and_ranges_are_those_asked_for():
    text = text_of("dynamic_add")
    outcome = ask(text, sizes={"n": 7}, ranges={"A": (2, 3)})
    assert outcome.sizes == {"n": 7}
    (first, *_) = outcome.inputs
    assert first.shape == (7,)
    assert np.all((np.array(first.head) >= 2) & (np.array(first.head) < 3))


def test_every_example_may_run():
    for name in ("softmax", "matmul_gpu", "kv_cache_append", "dequantize_q4f16"):
        program = parsed(name)
        check(program.mod, program.user_span)


STEERED = """
@T.prim_func
def main(
    A: T.Buffer((6,), "float32"), at: T.Buffer((8,), "int32"), B: T.Buffer((8,), "float32"),
    n: T.int32,
):
    for i in range(n):
        B[i] = A[at[i]]
"""
STRIDED = """
@T.prim_func
def main(a: T.handle, b: T.handle):
    s = T.int32()
    A = T.match_buffer(a, (4, 8), "int32", strides=[s, 1])
    B = T.match_buffer(b, (4, 8), "int32")
    for i, j in T.grid(4, 8):
        B[i, j] = A[i, j]
"""


@pytest.mark.parametrize("device", ["llvm", "c"])
def test_integers_that_index_fit_the_buffers_and_strides_are_compact(device):
    outcome = ask(STEERED, device)
    assert (outcome.findings, outcome.comparisons[0].mismatches) == ((), 0)
    inputs = {each.name: each for each in outcome.inputs}
    assert 0 < inputs["n"].head[0] <= 8
    assert max(inputs["at"].head) < 6
    outcome = ask(STRIDED, device)
    assert outcome.passed
    assert [*outcome.sizes.values()] == [8]


FACTORY = """
def scaled(by=3):
    @T.prim_func
    def main(A: T.Buffer((8,), "int32"), B: T.Buffer((8,), "int32")):
        for i in range(8):
            B[i] = A[i] * by
    return main

def reference(A):
    return A * by
"""


def test_a_reference_knows_the_arguments_of_a_factory():
    outcome = ask(FACTORY)
    assert outcome.passed
    assert outcome.reference.id == "compared-reference"


def test_a_run_is_checked_as_todays_is():
    given = np.arange(17, dtype="float32")
    arrays = {"any.npz": archive_of({"A": npy(given), "B": npy(given)})}
    asked = {"arrays": arrays, "rtol": 0.0, "atol": 1.0, "pictures": True, "keep": True}
    outcome = ask(text_of("dynamic_add"), **asked)
    assert (outcome.passed, outcome.sizes) == (True, {"n": 17})
    (comparison,) = outcome.comparisons
    assert (comparison.is_own, comparison.picture.columns) == (True, 17)
    assert sorted(outcome.arrays)[-1] == "output.C"
    for refused in ({"compare_with": "llvm"}, {"timed": True}, {"atol": -1.0}):
        with pytest.raises(RequestError):
            ask(text_of("dynamic_add"), **refused)

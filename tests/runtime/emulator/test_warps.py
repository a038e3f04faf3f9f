"""The lanes of a warp: lockstep, fences, shuffles, and races between lanes."""

import numpy as np
import pytest

import viz
from tests.support.emulating import launch, run
from tests.support.programs.thorough import usually
from viz.emulator import library

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))

ORDERS = ("forward", "reversed", "shuffled")
REDUCED = """
import ml_dtypes
import numpy as np

@T.prim_func(s_tir=True)
def main(A: T.Buffer((2, {n}), "{dtype}"), S: T.Buffer((2,), "{dtype}")):
    for i in T.thread_binding(2, thread="blockIdx.x"):
        for k in T.thread_binding({n}, thread="threadIdx.x"):
            with T.sblock("sum"):
                vi, vk = T.axis.remap("SR", [i, k])
                with T.init():
                    S[vi] = T.{dtype}(0)
                S[vi] = S[vi] + A[vi, vk]

def reference(A):
    return A.astype("{exact}").sum(1).astype(A.dtype)
"""


@pytest.mark.parametrize(
    ("n", "dtype"),
    usually(
        [(33, "float32"), (48, "int64"), (100, "float32"), (48, "bfloat16"), (64, "int8")],
        {(33, "float32"), (48, "bfloat16"), (64, "int8")},
    ),
    ids=str,
)
def test_reductions_without_shuffles_run_in_lockstep(n, dtype):
    exact = "float32" if dtype == "bfloat16" else dtype
    text = REDUCED.format(n=n, dtype=dtype, exact=exact)
    for order in ORDERS[:2]:
        for checked in (False, True):
            outcome = run(text, checked=checked, order=order)
            assert outcome.passed, outcome.comparisons
            assert [problem.code for problem in outcome.problems] == ["lockstep"] * checked


def test_reductions_by_shuffles_need_no_lockstep():
    outcome = run(
        REDUCED.format(n=64, dtype="float32", exact="float32"), checked=True, order="forward"
    )
    assert outcome.passed
    assert not outcome.problems


STEPS = """
extern "C" __global__ void main_kernel(int* __restrict__ out_ptr) {
  __shared__ alignas(64) int s_ptr[32];
  ((volatile int*)s_ptr)[((int)threadIdx.x)] = ((int)threadIdx.x);
  if (((int)threadIdx.x) < 20) {
    ((volatile int*)s_ptr)[((int)threadIdx.x)] = ((volatile int*)s_ptr)[(19 - ((int)threadIdx.x))] * 2;
  } else {
    ((volatile int*)s_ptr)[((int)threadIdx.x)] = ((volatile int*)s_ptr)[(51 - ((int)threadIdx.x))];
  }
  ((volatile int*)s_ptr)[((int)threadIdx.x)] = ((volatile int*)s_ptr)[((((int)threadIdx.x) + 1) & 31)];
  out_ptr[((int)threadIdx.x)] = ((volatile int*)s_ptr)[((int)threadIdx.x)];
}
"""


def test_each_statement_reads_before_it_writes_and_branches_join():
    lane = np.arange(32)
    crossed = np.where(lane < 20, 2 * (19 - lane), 51 - lane)
    for checked in (False, True):
        out = np.zeros(32, "int32")
        assert not launch(STEPS, out, checked=checked)
        np.testing.assert_array_equal(out, np.roll(crossed, -1))


def test_an_uninitialised_condition_in_lockstep_is_found():
    text = STEPS.replace(
        "  if (((int)threadIdx.x) < 20) {", "  if (((volatile int*)s_ptr)[32] < 20) {"
    )
    assert text != STEPS
    text = text.replace("s_ptr[32];", "s_ptr[33];")
    findings = launch(text, np.zeros(32, "int32"), checked=True)
    assert "uninitialised" in {finding.kind for finding in findings}
    assert any(finding.detail == "s[32]" for finding in findings)


@pytest.mark.parametrize(
    ("old", "new", "second"),
    [
        # The two sides of a branch are unordered.
        ("[(51 - ((int)threadIdx.x))]", "[(((int)threadIdx.x) - 20)]", "* 2"),
        # All lanes write one element in one statement.
        ("[((int)threadIdx.x)] = ((int)threadIdx.x);", "[3] = ((int)threadIdx.x);", "s_ptr)[3] ="),
        # A lane may hold a value that is not volatile in a register.
        (
            "((volatile int*)s_ptr)[((int)threadIdx.x)] = ((int)threadIdx.x);",
            "s_ptr[((int)threadIdx.x)] = ((int)threadIdx.x);",
            "  s_ptr[((int)threadIdx.x)] =",
        ),
    ],
    ids=["two branches", "one place", "not volatile"],
)
def test_races_that_lockstep_does_not_excuse(old, new, second):
    assert old in STEPS
    text = STEPS.replace(old, new)
    findings = launch(text, np.zeros(32, "int32"), checked=True)
    lines = ("#\n" * 4 + text).split("\n")
    assert findings
    assert {finding.kind for finding in findings} <= {"race", "uninitialised"}
    assert any(second in lines[finding.sites[1].line - 1] for finding in findings)


def test_an_atomic_operation_does_not_hide_a_plain_access():
    text = """
extern "C" __global__ void main_kernel(int* __restrict__ out_ptr) {
  if (((int)threadIdx.x) == 3) {
    out_ptr[0] = 7;
  }
  atomicAdd((&(out_ptr[0])), 1);
}
"""
    # In fibers lanes 0 to 2 come before the plain write, the others after it.
    before, after = launch(text, np.zeros(1, "int32"), checked=True, warps=False)
    assert before.kind == after.kind == "race"
    assert [site.line for site in before.sites] == [8, 10]
    assert [site.line for site in after.sites] == [10, 8]
    # A warp runs the write first, then the atomic operation of all lanes.
    (together,) = launch(text, np.zeros(1, "int32"), checked=True)
    assert (together.kind, together.count) == ("race", 31)
    assert [site.line for site in together.sites] == [10, 8]


FENCES = """
extern "C" __global__ void main_kernel(int* __restrict__ out_ptr) {
  __shared__ alignas(64) int s_ptr[32];
  s_ptr[((int)threadIdx.x)] = ((int)threadIdx.x);
  FENCE
  out_ptr[((int)threadIdx.x)] = s_ptr[(((int)threadIdx.x) ^ 1)];
}
"""


@pytest.mark.parametrize(
    ("fence", "kinds"),
    [
        ("__syncwarp();", set()),
        ("__syncthreads();", set()),
        (
            "if (((int)threadIdx.x) < 16) { __syncwarp(0xffff); } else { __syncwarp(0xffff0000); }",
            set(),
        ),
        ("if (((int)threadIdx.x) < 16) { __syncwarp(0xffff); }", {"race"}),
        ("int x = __shfl_xor_sync(0xffffffff, 7, 1, 32);", {"race"}),
        ("int x = __any_sync(0xffffffff, 1);", {"race"}),
        ("", {"race"}),
    ],
)
def test_only_fences_order_what_lanes_do_in_memory(fence, kinds):
    findings = launch(FENCES.replace("FENCE", fence), np.zeros(32, "int32"), checked=True)
    # An element that another lane has not written yet is uninitialised, too.
    assert {finding.kind for finding in findings} - {"uninitialised"} == kinds


GONE = """
extern "C" __global__ void main_kernel(int* __restrict__ out_ptr) {
  if (((int)threadIdx.x) < 16) {
    out_ptr[((int)threadIdx.x)] = __shfl_down_sync(0xffffffff, ((int)threadIdx.x), STEP, 16);
  }
}
"""


def test_lanes_that_have_finished_need_not_take_part_but_give_nothing():
    # CUDA's guide: all lanes of a shuffle's mask that have not exited must take part.
    out = np.zeros(16, "int32")
    assert not launch(GONE.replace("STEP", "8"), out, checked=True)
    np.testing.assert_array_equal(out, [*range(8, 16), *range(8, 16)])
    beyond = GONE.replace("STEP, 16", "8, 32")
    (finding,) = launch(beyond, out, checked=True)
    assert finding.kind == "uninitialised"
    assert finding.count == 8
    assert "shuffled at line 8 from lane 16, which took no part" in finding.message


HELPED = """
import numpy as np

@T.prim_func
def main(A: T.Buffer((64,), "{dtype}"), B: T.Buffer((64,), "{dtype}")):
    for tx in T.thread_binding(64, thread="threadIdx.x"):
        S = T.alloc_buffer((2,), "{dtype}", scope="shared")
        B[tx] = {value}

def reference(A):
    return {expected}
"""


@pytest.mark.parametrize(
    ("value", "expected", "dtype"),
    [
        ("T.cuda.warp_max(A[tx], width=8)", "np.repeat(A.reshape(8, 8).max(1), 8)", "int32"),
        ("T.cuda.warp_sum(A[tx // 32])", "np.repeat(A[:2] * 32, 32)", "float32"),
        ("T.cuda.cta_sum(A[tx], 2, S.data)", "np.full(64, A.sum())", "float32"),
        ('T.cuda.ldg(T.address_of(A[tx]), "float32")', "A", "float32"),
        (
            "T.cuda.reduce_min_sync_u32(T.uint32(0xFFFFFFFF), A[tx])",
            "np.repeat(A.reshape(2, 32).min(1), 32)",
            "uint32",
        ),
    ],
    ids=lambda value: value[7:15],
)
def test_helpers_that_tvm_writes_above_a_kernel(value, expected, dtype):
    text = HELPED.format(value=value, expected=expected, dtype=dtype)
    for checked in (False, True):
        outcome = run(text, checked=checked, order="reversed")
        assert outcome.passed
        assert not outcome.findings
        assert not {problem.code for problem in outcome.problems} - {"unchecked"}


def test_a_mistake_in_a_helper_is_placed_at_its_call():
    twice = "T.cuda.cta_sum(A[tx], 2, S.data) + T.cuda.cta_max(A[tx], 2, S.data)"
    text = HELPED.format(value=twice, expected="np.full(64, A.sum() + A.max())", dtype="float32")
    first = run(text, checked=True, order="forward").findings[0]
    assert (first.kind, first.buffer) == ("race", "S")
    assert [site.own_text for site in first.sites] == [f"B[tx] = {twice}"] * 2
    text = HELPED.format(value="A[tx]", expected="A", dtype="float32")
    text = text.replace("B[tx] = ", "if tx < 40:\n            B[tx] = T.cuda.warp_sum(A[tx]) + ")
    (finding,) = run(text, checked=True, order="forward").findings
    assert finding.kind == "uninitialised"
    assert finding.sites[0].own_text == "B[tx] = T.cuda.warp_sum(A[tx]) + A[tx]"


def test_a_worker_reports_lockstep():
    text = REDUCED.format(n=48, dtype="float32", exact="float32")
    outcome = viz.run(text, "cuda-emulated", checked=True)
    assert outcome.passed
    (problem,) = outcome.problems
    assert problem.severity == "info"
    assert "Volta" in problem.hint

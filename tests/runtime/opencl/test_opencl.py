"""The device OpenCL: what its compiler refuses, what a kernel damages, crashes; in the jail."""

import pytest

import viz
from viz.errors import RunError, WorkerError
from viz.frontend.examples import examples
from viz.harness import opencl

pytestmark = pytest.mark.skipif(bool(opencl.missing()), reason=str(opencl.missing()))

BOUND = """@T.prim_func
def main(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    for bx in T.thread_binding(2, thread="blockIdx.x"):
        for tx in T.thread_binding(32, thread="threadIdx.x"):
            B[bx * 32 + tx] = T.nextafter(A[bx * 32 + tx], T.float32(0))

def reference(A):
    return A
"""
HANGS = BOUND.replace(
    "            B[bx * 32 + tx] = T.nextafter(A[bx * 32 + tx], T.float32(0))",
    "            while A[bx * 32 + tx] == A[bx * 32 + tx]:\n"
    "                B[bx * 32 + tx] = B[bx * 32 + tx] + T.float32(1)",
)
OUTSIDE = BOUND.replace("T.nextafter(A[bx * 32 + tx], T.float32(0))", "A[bx * 32 + tx]")
SYMBOLIC = """@T.prim_func
def main(a: T.handle, b: T.handle, scale: T.int64):
    n = T.int64()
    A = T.match_buffer(a, (n,), "int64")
    B = T.match_buffer(b, (n,), "int64")
    for bx in T.thread_binding(n, thread="blockIdx.x"):
        B[bx] = A[bx] * scale

def reference(A, scale):
    return A * scale
"""


def next_works():
    outcome = viz.run(f"{examples()['add_one'].text}\n# again\n", "opencl")
    assert outcome.passed
    assert "OpenCL text" in outcome.ran.text()


def test_an_error_of_its_compiler_has_the_place_that_wrote_the_line():
    with pytest.raises(RunError, match="undeclared identifier 'nextafterf'") as caught:
        viz.run(BOUND, "opencl")
    start, end = caught.value.span.start, caught.value.span.end
    assert BOUND[start:end] == "T.nextafter(A[bx * 32 + tx], T.float32(0))"


def test_scalars_and_sizes_reach_the_kernels():
    assert viz.run(SYMBOLIC, "opencl", sizes={"n": 5}).passed


def test_writes_outside_are_found_and_those_far_away_end_its_process_alone():
    outcome = viz.run(OUTSIDE.replace("B[bx * 32 + tx] =", "B[bx * 32 + tx + 8] ="), "opencl")
    assert not outcome.passed
    (finding,) = outcome.findings
    assert (finding.buffer, finding.index, finding.count) == ("B", (64,), 8)
    with pytest.raises(RunError, match="ended while it ran the kernels"):
        viz.run(OUTSIDE.replace("B[bx * 32 + tx] =", "B[bx * 32 + tx + 900000000] ="), "opencl")
    next_works()


def test_a_kernel_without_end_is_stopped_by_the_clock():
    from viz.analysis import base_request, with_part
    from viz.model import Options, RunPart
    from viz.service.client.submit import submit

    base = base_request(HANGS, "", "", None, Options())
    with pytest.raises(WorkerError, match="stopped after"):
        submit(with_part(base, RunPart(device="opencl")), seconds=5.0).result()
    next_works()

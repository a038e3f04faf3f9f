"""Vectors of the program's own on the C device: lane by lane, with the values that LLVM computes."""

from __future__ import annotations

import pytest

from viz.model import Request, RunPart
from viz.runtime.build import c_compiler
from viz.service.engine.dispatch import answer

LANES = "T.Ramp(i * 4, 1, 4)"
BODIES = {
    "loads and stores": f"B[{LANES}] = A[{LANES}] + T.Broadcast(T.float32(1), 4)",
    "slices": "B[i * 4 : i * 4 + 4] = A[i * 4 : i * 4 + 4]",
    "strides": "B[T.Ramp(i, 16, 4)] = A[T.Ramp(i, 16, 4)]",
    # A loop over the lanes would write A[i * 4 + 1] before it is read.
    "overlapping": "A[T.Ramp(i * 4 + 1, 1, 3)] = A[T.Ramp(i * 4, 1, 3)]",
    "a name for a vector": f"x: T.let = A[{LANES}]\n        B[{LANES}] = x * x",
    "a choice": f"B[{LANES}] = T.Select(A[{LANES}] > T.Broadcast(T.float32(0), 4), A[{LANES}], -A[{LANES}])",
    "mathematics": f"B[{LANES}] = T.exp(T.max(A[{LANES}], T.Broadcast(T.float32(0), 4)))",
    "a conversion": f'B[{LANES}] = T.Cast("float32x4", T.Cast("int32x4", A[{LANES}] * T.Broadcast(T.float32(9), 4)))',
    "a lane of a vector": f"B[i] = T.Shuffle([A[{LANES}]], [2])",
    "a condition": f"if i < 8:\n            B[{LANES}] = A[{LANES}]\n        else:\n            B[{LANES}] = T.Broadcast(T.float32(i), 4)",
}  # fmt: skip


@pytest.mark.skipif(not c_compiler(), reason="needs a C compiler")
@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("name", BODIES)
def test_vectors_run_lane_by_lane_in_c(name, checked):
    text = f"""
@T.prim_func
def f(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    for i in range(16):
        {BODIES[name]}
"""
    outcome = answer(Request(text=text, part=RunPart(device="c", checked=checked)))
    assert "LLVM" in str(outcome.reference)
    assert all(comparison.passed for comparison in outcome.comparisons)
    assert outcome.comparisons
    assert not outcome.findings
    assert "vectors-by-lane" in {problem.what.id for problem in outcome.problems}

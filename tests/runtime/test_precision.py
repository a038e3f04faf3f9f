"""Tolerances of outputs: as large as the rounding of their dtypes needs, and no larger."""

import pytest

from viz.frontend.program import read
from viz.ir.parse import parse
from viz.model import Request, RunPart
from viz.runtime import run as run_module
from viz.runtime.analysis.precision import tolerances

LENGTH = 256
DOT = """
@T.prim_func
def dot(A: T.Buffer((16, 256), "{kind}"), W: T.Buffer((256,), "{kind}"), B: T.Buffer((16,), "float32")):
    for i in range(16):
        B[i] = T.float32(0)
        for k in range({start}, 256):
            B[i] = B[i] + {term}

def reference(A, W):
    return A.astype("float32") @ W.astype("float32")
"""
ROUNDED = 'T.Cast("float32", A[i, k] * W[k])'
EXACT = 'T.Cast("float32", A[i, k]) * T.Cast("float32", W[k])'
"""A product that is rounded to the narrow dtype, and one that is not."""

NARROW = """
@T.prim_func
def total(A: T.Buffer((16, 256), "float16"), B: T.Buffer((16,), "float16")):
    for i in range(16):
        B[i] = T.float16(0)
        for k in range(256):
            B[i] = B[i] + A[i, k]
"""


def allowed(text: str) -> float:
    mod = parse(read(text)).mod
    (function,) = mod.functions.values()
    return tolerances(function, mod, {})["B"].least


@pytest.mark.parametrize(("kind", "most"), [("bfloat16", 0.04), ("float16", 0.01)])
def test_what_only_a_term_rounds_is_rounded_once(kind, most):
    assert allowed(DOT.format(kind=kind, start=0, term=ROUNDED)) == most
    assert allowed(DOT.format(kind=kind, start=0, term=EXACT)) < 1e-3


def test_a_narrow_sum_is_less_exact_the_more_terms_it_has():
    assert allowed(NARROW) > 0.015


@pytest.mark.parametrize("term", [ROUNDED, EXACT])
@pytest.mark.parametrize("seed", range(3))
def test_an_element_that_is_left_out_is_seen(term, seed):
    def passed(start: int) -> bool:
        result = parse(read(DOT.format(kind="float16", start=start, term=term)))
        return run_module.run(result, "dot", Request(part=RunPart(device="llvm", seed=seed))).passed

    assert passed(0)
    assert not passed(1)

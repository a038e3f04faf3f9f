"""Compare arrays: the tolerance and its reason, distances in steps of the dtype."""

import ml_dtypes
import numpy as np
import pytest

from viz.harness.comparison import Tolerance, compare, most_steps

ONES = np.ones((4, 4), "float32")


@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "bfloat16", "float8_e4m3fn"])
def test_steps_count_the_floats_between_two(kind):
    dtype = np.dtype(getattr(ml_dtypes, kind, kind))
    values = np.array([1.0, -0.0, 0.5], dtype)
    assert most_steps(values, values) == 0
    assert most_steps(np.array([0.0], dtype), np.array([-0.0], dtype)) == 0
    least = np.array([ml_dtypes.finfo(dtype).smallest_subnormal], dtype)
    assert most_steps(least, -least) == 2
    up = np.array([1 + float(ml_dtypes.finfo(dtype).eps)], dtype)
    assert most_steps(up, np.array([1.0], dtype)) == 1
    both = np.array([np.nan, 1.0], dtype)
    assert most_steps(both, np.array([1.0, 1.0], dtype)) == 0
    assert most_steps(both[:1], both[:1]) is None


def test_steps_between_the_largest_floats_are_exact():
    most = np.array([np.finfo("float64").max])
    assert most_steps(most, -most) == 2 * (0x7FEF_FFFF_FFFF_FFFF)
    assert most_steps(np.arange(3), np.arange(3)) is None


@pytest.mark.parametrize(
    ("kind", "allowed", "why"),
    [
        ("float32", Tolerance(), "tolerance-dtype"),
        ("float32", Tolerance(1e-4, "float32", 16), "tolerance-dtype"),
        ("float32", Tolerance(1e-2, "float16"), "tolerance-way"),
        ("float16", Tolerance(0.06, "float16", 4096), "tolerance-sum"),
        ("int32", Tolerance(), "tolerance-exact"),
        ("float8_e4m3fn", Tolerance(), "tolerance-none"),
        ("float32", Tolerance(1e-2, "float16", rtol=1e-6), "tolerance-own"),
    ],
)
def test_a_tolerance_says_why(kind, allowed, why):
    ones = ONES.astype(getattr(ml_dtypes, kind, kind))
    found = compare("C", ones, ones, allowed)
    assert found.why.id == why
    assert "{" not in found.why.text("en") + found.why.text("zh")
    assert found.is_own == (why == "tolerance-own")


def test_a_tolerance_of_ones_own_takes_the_place_of_both_or_one():
    off = ONES + np.float32(3e-4)
    assert not compare("C", off, ONES).passed
    assert compare("C", off, ONES, Tolerance(rtol=1e-3)).passed
    assert compare("C", off, ONES, Tolerance(atol=1e-3)).passed
    exact = compare("C", ONES, ONES, Tolerance(rtol=0.0, atol=0.0))
    assert (exact.passed, exact.rtol, exact.atol) == (True, 0.0, 0.0)
    assert not compare("C", off, ONES, Tolerance(1.0, rtol=0.0, atol=0.0)).passed
    whole = np.array([7, 9])
    assert compare("C", whole + 1, whole, Tolerance(atol=1.0)).passed
    assert not compare("C", whole + 2, whole, Tolerance(atol=1.0)).passed


def test_mismatches_have_bounds_and_what_is_not_finite_a_name():
    actual = ONES.copy()
    assert compare("C", actual, ONES).low == ()
    actual[1, 2], actual[3, 2] = np.nan, 3
    found = compare("C", actual, ONES)
    assert (found.low, found.high) == ((1, 2), (3, 2))
    assert found.first.got == "nan"
    infinite = compare("C", np.float32([-np.inf]), np.float32([np.inf]))
    assert (infinite.first.got, infinite.first.expected) == ("-inf", "inf")
    assert compare("s", np.float32(2), np.float32(1)).low == ()

"""Compare outputs with their references, within tolerances that say why they are what they are."""

from __future__ import annotations

from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import numpy.typing as npt

from viz.harness.outputs.error_patterns import WrongOutput, error_pattern
from viz.harness.outputs.pictures import picture
from viz.messages import Message, message_of
from viz.model import Comparison, Sample, Value

Array = npt.NDArray[Any]

TOLERANCES: dict[str, float] = {
    "float64": 1e-9,
    "float32": 1e-4,
    "float16": 1e-2,
    "bfloat16": 4e-2,
}
"""Relative tolerance by dtype; other dtypes must be equal. A sum of 1,024 float32 in another order
differs by about 2e-5, one float16 rounding by 5e-4."""

SMALLEST = 1e-2
"""The magnitude assumed of an output of zeros. Inputs are of order one: terms that cancel leave a
few of their rounding errors, far below a hundredth of the tolerance."""

HEAD = 8
"""Elements of an array that are shown."""


class Tolerance(NamedTuple):
    """What an output may be off by, beside the tolerance of its dtype."""

    least: float = 0.0
    """A relative tolerance that floats have at least: that of the way to the output."""
    kind: str = ""
    """The dtype that ``least`` comes from, and ``terms`` the terms that are summed in it."""
    terms: int = 1
    rtol: float | None = None
    """The user's own, in place of all others; and ``atol``."""
    atol: float | None = None

    @property
    def is_own(self) -> bool:
        """Whether a part of it is the user's."""
        return self.rtol is not None or self.atol is not None


class Errors(NamedTuple):
    """How far each element is from its reference."""

    absolute: Array
    """float64, of the output's shape; NaN where only one of both is a number."""
    wrong: npt.NDArray[np.bool_]
    """Which are too far."""
    rtol: float
    atol: float


def errors_of(actual: Array, expected: Array, allowed: Tolerance = Tolerance()) -> Errors:
    """Return how far an output is from its reference, and where that is too far.

    Floats may differ by ``rtol * |expected| + atol``, where ``atol`` is the same fraction of the
    output's median magnitude: enough for an element in which large terms cancel, and too little
    for a zero to pass in a softmax over many elements. Other dtypes are compared as integers.
    """
    found = _floats(actual, expected, allowed) if is_float(actual) else _integers(actual, expected)
    if is_float(actual) or not allowed.is_own:
        return found
    rtol, atol = allowed.rtol or 0.0, allowed.atol or 0.0
    near = found.absolute <= atol + rtol * np.abs(expected.astype(np.float64))
    return Errors(found.absolute, found.wrong & ~near, rtol, atol)


def compare(
    name: str,
    actual: Array,
    expected: Array,
    allowed: Tolerance | float = 0.0,
    before: Array | None = None,
    *,
    pictures: bool = False,
) -> Comparison:
    """Compare an output with its reference, by the tolerance of the output's dtype.

    Parameters
    ----------
    allowed
        What is allowed beside that; a number is the least relative tolerance of floats.
    before
        What the output's buffer held before the run, where that is known.
    pictures
        Also a picture of it.
    """
    if not isinstance(allowed, Tolerance):
        allowed = Tolerance(allowed)
    found = errors_of(actual, expected, allowed)
    errors, wrong, rtol, atol = found
    magnitude = np.abs(expected.astype(np.float64))
    with np.errstate(invalid="ignore", over="ignore"):
        # The relative error against zero is infinite.
        relative = errors[magnitude > 0] / magnitude[magnitude > 0]
    only_zeros = not relative.size and bool(errors.any())
    worst = int(np.argmax(np.where(np.isnan(errors), np.inf, errors))) if errors.size else 0
    first = int(np.argmax(wrong)) if wrong.any() else None
    places = np.nonzero(wrong) if wrong.ndim and wrong.any() else ()

    def sample(flat: int) -> Sample:
        index = tuple(int(i) for i in np.unravel_index(flat, actual.shape))
        return Sample(index=index, got=number(actual[index]), expected=number(expected[index]))

    return Comparison(
        name=name,
        dtype=str(actual.dtype),
        shape=tuple(actual.shape),
        passed=not wrong.any(),
        max_abs=finite(errors.max(initial=0.0)),
        max_rel=None if only_zeros else finite(relative.max(initial=0.0)),
        max_ulps=most_steps(actual, expected),
        rtol=rtol,
        atol=atol,
        why=_why(actual, found, allowed),
        is_own=allowed.is_own,
        mismatches=int(wrong.sum()),
        first=sample(first) if first is not None else None,
        worst=sample(worst) if wrong.any() else None,
        low=tuple(int(place.min()) for place in places),
        high=tuple(int(place.max()) for place in places),
        picture=picture(actual, expected, errors, wrong) if pictures else None,
        pattern=_pattern(actual, expected, wrong, rtol, atol, before),
        head=tuple(sample(i) for i in range(min(HEAD, actual.size))),
    )


def _why(actual: Array, found: Errors, allowed: Tolerance) -> Message:
    """Return why the tolerance is what it is."""
    if allowed.is_own:
        return message_of("tolerance-own")
    if not is_float(actual):
        return message_of("tolerance-exact")
    kind = str(actual.dtype)
    base = TOLERANCES.get(kind, 0.0)
    if allowed.least > base and allowed.terms > 1:
        id_ = "tolerance-sum" if allowed.least > TOLERANCES.get(allowed.kind, 0.0) else ""
        id_ = id_ or "tolerance-way"
    else:
        id_ = "tolerance-way" if allowed.least > base else "tolerance-dtype"
    if not found.rtol:
        return message_of("tolerance-none", dtype=kind)
    return message_of(id_, dtype=kind, kind=allowed.kind or kind, terms=allowed.terms)


def most_steps(actual: Array, expected: Array) -> int | None:
    """Return the largest distance of two arrays in steps of the first one's dtype (ULPs).

    None for other dtypes than floats, and where no two elements are finite.
    """
    kind = actual.dtype
    if not is_float(actual) or kind.itemsize > 8 or not actual.size:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = expected.astype(kind)
    left, right = actual.astype(np.float64), rounded.astype(np.float64)
    counted = np.isfinite(left) & np.isfinite(right)
    if not counted.any():
        return None
    first, second = _ordered(actual)[counted], _ordered(rounded)[counted]
    # In Python's integers: two float64 may be further apart than int64 counts.
    gaps = np.abs(first.astype(np.float64) - second.astype(np.float64))
    at = int(np.argmax(gaps))
    near = first[gaps < 2.0**62].astype(np.int64) - second[gaps < 2.0**62]
    exact = int(np.abs(near).max(initial=0))
    return exact if gaps[at] < 2.0**62 else abs(int(first[at]) - int(second[at]))


def _ordered(array: Array) -> Array:
    """Return floats as integers in the same order, in which neighbours differ by one."""
    bits = np.ascontiguousarray(array).reshape(-1).view(f"u{array.dtype.itemsize}")
    sign = 1 << (8 * array.dtype.itemsize - 1)
    magnitude = (bits & np.array(sign - 1, bits.dtype)).astype(np.int64)
    ordered: Array = np.where(bits & np.array(sign, bits.dtype), -magnitude, magnitude)
    return ordered.reshape(array.shape)


def _pattern(
    actual: Array,
    expected: Array,
    wrong: Array,
    rtol: float,
    atol: float,
    before: Array | None,
) -> Message | None:
    if not wrong.any() or actual.shape != expected.shape:
        return None
    held = None if before is None or before.shape != actual.shape else before.astype(np.float64)
    got, right = actual.astype(np.float64), expected.astype(np.float64)
    return error_pattern(WrongOutput(got, right, wrong, rtol, atol, held))


def finite(value: Any) -> float | None:
    """Return a value as a float, None when it is not finite."""
    return float(value) if np.isfinite(value) else None


def number(value: Any) -> Value:
    """Return an element of an array: integers stay exact, what is not finite is named."""
    if not is_float(np.asarray(value)):
        return int(value)
    if np.isnan(value):
        return "nan"
    if np.isinf(value):
        return "inf" if value > 0 else "-inf"
    return float(value)


def is_float(array: Array) -> bool:
    """Whether the elements of an array are floats."""
    # ml_dtypes' narrow floats and integers are both of NumPy's kind V.
    kind = array.dtype
    return kind.kind == "f" or (kind.kind == "V" and "float" in kind.name)


def _floats(actual: Array, expected: Array, allowed: Tolerance) -> Errors:
    rtol = max(TOLERANCES.get(str(actual.dtype), 0.0), allowed.least)
    left, right = actual.astype(np.float64), expected.astype(np.float64)
    atol = rtol * _magnitude(right)
    if rtol:
        # No value is nearer than the smallest step of the dtype.
        atol = max(atol, float(ml_dtypes.finfo(actual.dtype).smallest_subnormal))
    rtol = rtol if allowed.rtol is None else allowed.rtol
    atol = atol if allowed.atol is None else allowed.atol
    with np.errstate(invalid="ignore", over="ignore"):
        errors = np.abs(left - right)
        same = (left == right) | (np.isnan(left) & np.isnan(right))
        errors = np.where(same, 0.0, errors)
        near = np.isfinite(errors) & (errors <= atol + rtol * np.abs(right))
    return Errors(errors, ~(same | near), rtol, atol)


def _magnitude(values: Array) -> float:
    """Return the median magnitude of the finite elements that are not zero.

    The median, because a single large element must not widen the tolerance of all the small ones.
    """
    counted = np.abs(values[np.isfinite(values) & (values != 0)])
    return float(np.median(counted)) if counted.size else SMALLEST


def _integers(actual: Array, expected: Array) -> Errors:
    """Return the errors of integers and bools; float64 has only 53 bits."""
    left = _whole(actual)
    approximate = expected.astype(np.float64)
    if is_float(expected):
        exact = np.isfinite(approximate) & (np.abs(approximate) < 2.0**63)
        right = np.where(exact, approximate, 0).astype(np.int64)
        exact &= right.astype(np.float64) == approximate
    else:
        right, exact = _whole(expected), np.ones(actual.shape, bool)
    wrong = ~(exact & (left == right))
    errors = np.abs(left.astype(np.float64) - approximate)
    # Small differences of large integers vanish in float64; modulo 2^64 they do not.
    small = wrong & exact & (errors < 2.0**62)
    unsigned, other = left.astype(np.uint64), right.astype(np.uint64)
    gap = np.where(left > right, unsigned - other, other - unsigned).astype(np.float64)
    return Errors(np.where(wrong, np.where(small, gap, errors), 0.0), wrong, 0.0, 0.0)


def _whole(array: Array) -> Array:
    return array if array.dtype == np.uint64 else array.astype(np.int64)

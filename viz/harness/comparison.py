"""Compare outputs with their references by the tolerance of their dtypes; map where they differ."""

from __future__ import annotations

from math import ceil
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt

from viz.harness.error_patterns import WrongOutput, error_pattern
from viz.messages import Message
from viz.model import Comparison, ErrorCell, ErrorMap, Sample

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

MOST_CELLS = 64
"""The most cells in a row or a column of a map of errors."""

FOLD = 32
"""Elements of a vector in a row of such a map: a warp."""


def compare(
    name: str,
    actual: Array,
    expected: Array,
    least: float = 0.0,
    before: Array | None = None,
) -> Comparison:
    """Compare an output with its reference, by the tolerance of the output's dtype.

    ``before`` is what the output's buffer held before the run, where that is known.

    ``least`` is a relative tolerance that floats have at least: that of the way to the output.

    Floats may differ by ``rtol * |expected| + atol``, where ``atol`` is the same fraction of the
    output's median magnitude: enough for an element in which large terms cancel, and too little
    for a zero to pass in a softmax over many elements. Other dtypes are compared as integers.
    """
    floats = _is_float(actual)
    errors, wrong, rtol, atol = (
        _floats(actual, expected, least) if floats else _integers(actual, expected)
    )
    magnitude = np.abs(expected.astype(np.float64))
    with np.errstate(invalid="ignore", over="ignore"):
        # The relative error against zero is infinite.
        relative = errors[magnitude > 0] / magnitude[magnitude > 0]
    only_zeros = not relative.size and bool(errors.any())
    worst = int(np.argmax(np.where(np.isnan(errors), np.inf, errors))) if errors.size else 0
    first = int(np.argmax(wrong)) if wrong.any() else None

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
        rtol=rtol,
        atol=atol,
        mismatches=int(wrong.sum()),
        first=sample(first) if first is not None else None,
        worst=sample(worst) if wrong.any() else None,
        where=error_map(errors, wrong),
        pattern=_pattern(actual, expected, wrong, rtol, atol, before),
        head=tuple(sample(i) for i in range(min(HEAD, actual.size))),
    )


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


def number(value: Any) -> float | int | None:
    """Return an element of an array: integers stay exact."""
    return finite(value) if _is_float(np.asarray(value)) else int(value)


def _is_float(array: Array) -> bool:
    # ml_dtypes' narrow floats and integers are both of NumPy's kind V.
    kind = array.dtype
    return kind.kind == "f" or (kind.kind == "V" and "float" in kind.name)


def _floats(actual: Array, expected: Array, least: float) -> tuple[Array, Array, float, float]:
    """Return the absolute errors, which elements are wrong, and the tolerances."""
    rtol = max(TOLERANCES.get(str(actual.dtype), 0.0), least)
    left, right = actual.astype(np.float64), expected.astype(np.float64)
    atol = rtol * _magnitude(right)
    if rtol:
        # No value is nearer than the smallest step of the dtype.
        atol = max(atol, float(ml_dtypes.finfo(actual.dtype).smallest_subnormal))
    with np.errstate(invalid="ignore", over="ignore"):
        errors = np.abs(left - right)
        same = (left == right) | (np.isnan(left) & np.isnan(right))
        errors = np.where(same, 0.0, errors)
        near = np.isfinite(errors) & (errors <= atol + rtol * np.abs(right))
    return errors, ~(same | near), rtol, atol


def _magnitude(values: Array) -> float:
    """Return the median magnitude of the finite elements that are not zero.

    The median, because a single large element must not widen the tolerance of all the small ones.
    """
    counted = np.abs(values[np.isfinite(values) & (values != 0)])
    return float(np.median(counted)) if counted.size else SMALLEST


def _integers(actual: Array, expected: Array) -> tuple[Array, Array, float, float]:
    """Return the same as :func:`_floats` for integers and bools; float64 has only 53 bits."""
    left = _whole(actual)
    approximate = expected.astype(np.float64)
    if _is_float(expected):
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
    return np.where(wrong, np.where(small, gap, errors), 0.0), wrong, 0.0, 0.0


def _whole(array: Array) -> Array:
    return array if array.dtype == np.uint64 else array.astype(np.int64)


# ---------------------------------------------------------------- where


def error_map(errors: Array, wrong: Array) -> ErrorMap | None:
    """Return where an output is wrong, None where it is nowhere or a scalar.

    Parameters
    ----------
    errors, wrong
        The absolute error of each element, and whether that is too large; of the output's shape.
    """
    if not wrong.ndim or not wrong.any():
        return None
    row = wrong.shape[-1] if wrong.ndim > 1 else min(wrong.size, FOLD)
    lines = ceil(wrong.size / row)
    height, width = ceil(lines / MOST_CELLS), ceil(row / MOST_CELLS)
    rows, columns = ceil(lines / height), ceil(row / width)

    def cells(values: Array) -> Array:
        """Return the values by row of cells, column of cells, and element of the cell."""
        flat = np.zeros(lines * row, values.dtype)
        flat[: values.size] = values.reshape(-1)
        grid = np.zeros((rows * height, columns * width), values.dtype)
        grid[:lines, :row] = flat.reshape(lines, row)
        split = grid.reshape(rows, height, columns, width).swapaxes(1, 2)
        return split.reshape(rows * columns, height * width)

    counts = cells(wrong).sum(axis=1)
    worst = cells(np.where(wrong, np.where(np.isnan(errors), np.inf, errors), 0.0)).max(axis=1)
    places = np.nonzero(wrong)
    return ErrorMap(
        row=row,
        height=height,
        width=width,
        rows=rows,
        columns=columns,
        low=tuple(int(place.min()) for place in places),
        high=tuple(int(place.max()) for place in places),
        cells=tuple(
            ErrorCell(
                cell=int(cell),
                wrong=int(counts[cell]),
                error=float(worst[cell]) if np.isfinite(worst[cell]) else None,
            )
            for cell in np.flatnonzero(counts)
        ),
    )

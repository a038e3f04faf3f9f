"""Make pictures of outputs beside their references: cells of the slice that is looked at."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from viz.errors import RequestError
from viz.messages import message_of
from viz.model import Histogram, OutputPicture

Array = npt.NDArray[Any]

MOST_CELLS = 64
"""The most cells in a row or a column of a picture."""

FOLD = 32
"""Elements of a vector in a row of a picture: a warp."""

BINS = 32
"""Bars of a histogram."""

NOWHERE = 2**32 - 1
"""The number of the element of a cell without any: behind a vector's end."""


class _Grid(NamedTuple):
    """How a slice is laid out in cells; see :class:`viz.model.OutputPicture`."""

    row: int
    lines: int
    height: int
    width: int
    rows: int
    columns: int

    def cells(self, values: Array, padding: Any) -> Array:
        """Return values by cell, row by row, and by element of the cell."""
        flat = np.full(self.lines * self.row, padding, values.dtype)
        flat[: values.size] = values.reshape(-1)
        shape = self.rows * self.height, self.columns * self.width
        grid = np.full(shape, padding, values.dtype)
        grid[: self.lines, : self.row] = flat.reshape(self.lines, self.row)
        split = grid.reshape(self.rows, self.height, self.columns, self.width).swapaxes(1, 2)
        return split.reshape(self.rows * self.columns, self.height * self.width)


def picture(
    actual: Array,
    expected: Array,
    errors: Array,
    wrong: Array,
    chosen: tuple[int, ...] | None = None,
) -> OutputPicture | None:
    """Return a slice of an output beside its reference; None for a scalar and an empty output.

    Parameters
    ----------
    errors, wrong
        The absolute error of each element, and whether that is too large; of the output's shape.
    chosen
        The index of the slice in all dimensions but the last two; that with the largest error if
        None.

    Raises
    ------
    RequestError
        When the output has no such slice.
    """
    if not actual.ndim or not actual.size:
        return None
    got, right = actual.astype(np.float64), expected.astype(np.float64)
    # An error that is no number is larger than any other.
    weights = np.where(np.isnan(errors), np.inf, errors)
    if chosen is None:
        worst = np.unravel_index(int(np.argmax(weights)), actual.shape)
        chosen = tuple(int(i) for i in worst[:-2])
    _require_slice(chosen, actual.shape)
    grid = _grid(actual.shape[-2:])
    plane = weights[chosen]
    numbers = grid.cells(np.arange(plane.size, dtype=np.int64), NOWHERE)
    at = np.argmax(grid.cells(plane, -1.0), axis=1)
    shown = numbers[np.arange(len(at)), at]

    def of_cells(values: Array) -> bytes:
        flat = values[chosen].reshape(-1)
        picked = np.where(shown == NOWHERE, np.nan, flat[np.where(shown == NOWHERE, 0, shown)])
        return picked.astype("<f8").tobytes()

    finite = np.concatenate([each[np.isfinite(each)].reshape(-1) for each in (got, right)])
    span = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    sizes = errors[np.isfinite(errors) & (errors > 0)]
    range_of_errors = (float(sizes.min()), float(sizes.max())) if sizes.size else (0.0, 0.0)
    return OutputPicture(
        slice=chosen,
        row=grid.row,
        height=grid.height,
        width=grid.width,
        rows=grid.rows,
        columns=grid.columns,
        element=shown.astype("<u4").tobytes(),
        got=of_cells(got),
        expected=of_cells(right),
        error=of_cells(errors),
        wrong=grid.cells(wrong[chosen], False).sum(axis=1).astype("<u4").tobytes(),
        values=span,
        errors=range_of_errors,
        got_histogram=_of_values(got, span),
        expected_histogram=_of_values(right, span),
        error_histogram=_of_errors(errors, range_of_errors),
    )


def _require_slice(chosen: tuple[int, ...], shape: tuple[int, ...]) -> None:
    extents = shape[:-2]
    if len(chosen) != len(extents) or not all(
        0 <= index < extent for index, extent in zip(chosen, extents, strict=True)
    ):
        raise RequestError(
            message_of("no-such-slice", slice=str([*chosen]), shape=str([*shape])),
        )


def _grid(shape: tuple[int, ...]) -> _Grid:
    size = math.prod(shape)
    row = shape[-1] if len(shape) > 1 else min(size, FOLD)
    lines = math.ceil(size / row)
    height, width = math.ceil(lines / MOST_CELLS), math.ceil(row / MOST_CELLS)
    return _Grid(row, lines, height, width, math.ceil(lines / height), math.ceil(row / width))


def _of_values(values: Array, span: tuple[float, float]) -> Histogram:
    finite = values[np.isfinite(values)]
    counted = {"nan": int(np.isnan(values).sum()), "infinite": int(np.isinf(values).sum())}
    if not finite.size:
        return Histogram(edges=(), counts=(), **counted)
    low, high = span
    with np.errstate(over="ignore"):
        edges = low + (high / BINS - low / BINS) * np.arange(BINS + 1)
    edges[-1] = high
    if not np.all(edges[1:] > edges[:-1]):  # all alike, or too near for so many bars
        return Histogram(edges=(low, high), counts=(int(finite.size),), **counted)
    counts, _ = np.histogram(finite, edges)
    return Histogram(edges=tuple(map(float, edges)), counts=tuple(map(int, counts)), **counted)


def _of_errors(errors: Array, span: tuple[float, float]) -> Histogram:
    """Count errors between powers of ten, or of its square root where there are few."""
    sizes = errors[np.isfinite(errors) & (errors > 0)]
    counted = {
        "zeros": int((errors == 0).sum()),
        "nan": int(np.isnan(errors).sum()),
        "infinite": int(np.isinf(errors).sum()),
    }
    if not sizes.size:
        return Histogram(edges=(), counts=(), **counted)
    low, high = (math.log10(size) for size in span)
    steps = 4 if high - low < 4 else 1  # bars of a decade
    first, last = math.floor(low * steps), math.floor(high * steps) + 1
    logs = np.clip(np.floor(np.log10(sizes) * steps).astype(np.int64), first, last - 1)
    counts = np.bincount(logs - first, minlength=last - first)
    edges = tuple(10.0 ** (step / steps) for step in range(first, last + 1))
    return Histogram(edges=edges, counts=tuple(map(int, counts)), **counted)

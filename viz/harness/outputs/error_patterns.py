"""Name what a wrong output has in common with the right one: shifted, transposed, unwritten.

Each pattern explains every wrong element, within the tolerance of the comparison, or it is not
named: what only looks like one says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from viz.messages import Message, message_of

Array = npt.NDArray[Any]

FARTHEST = 2
"""How many places an output is looked for beside its own."""

FEWEST = 4
"""Fewer wrong elements are no pattern: they are shown one by one."""


class WrongOutput(NamedTuple):
    """An output that differs from its reference."""

    got: Array
    """In float64."""
    expected: Array
    """In float64, of the same shape."""
    wrong: npt.NDArray[np.bool_]
    """Which elements differ by more than the tolerance."""
    rtol: float
    atol: float
    before: Array | None = None
    """What the buffer held before the run, in float64; None where that is not known."""

    def is_explained_by(self, other: Array, where: npt.NDArray[np.bool_] | None = None) -> bool:
        """Whether the output is another array wherever it is wrong, or at ``where``."""
        chosen = self.wrong if where is None else where
        got, same = self.got[chosen], other[chosen]
        if not got.size:
            return False
        with np.errstate(invalid="ignore", over="ignore"):
            near = np.abs(got - same) <= self.atol + self.rtol * np.abs(same)
        return bool(np.all(near | (np.isnan(got) & np.isnan(same))))


def error_pattern(output: WrongOutput) -> Message | None:
    """Return what explains all wrong elements; None where nothing that is known does."""
    if output.wrong.sum() < min(FEWEST, output.wrong.size) or not output.wrong.ndim:
        return None
    for look in LOOKS:
        for found in look(output):
            return found
    return None


# ---------------------------------------------------------------- what the values are


def _untouched(output: WrongOutput) -> Iterator[Message]:
    if output.before is not None and output.is_explained_by(output.before):
        yield message_of("pattern-not-written", where=_where(output.wrong))


def _missing(output: WrongOutput) -> Iterator[Message]:
    if not np.any(output.got[output.wrong]) and np.any(output.expected[output.wrong]):
        yield message_of("pattern-zero", where=_where(output.wrong))
    elif np.isnan(output.got[output.wrong]).all():
        yield message_of("pattern-nan", where=_where(output.wrong))


def _transposed(output: WrongOutput) -> Iterator[Message]:
    shape = output.expected.shape
    for first, second in combinations(range(output.expected.ndim), 2):
        if shape[first] == shape[second]:
            swapped = np.swapaxes(output.expected, first, second)
            if output.is_explained_by(swapped):
                yield message_of("pattern-transposed", first=first, second=second)


def _reversed(output: WrongOutput) -> Iterator[Message]:
    for axis in range(output.expected.ndim):
        if output.is_explained_by(np.flip(output.expected, axis)):
            yield message_of("pattern-reversed", axis=axis)


def _shifted(output: WrongOutput) -> Iterator[Message]:
    """Look for each element a few places further along an axis; what falls out is not looked at."""
    for axis, extent in enumerate(output.expected.shape):
        for by in (1, -1, 2, -2):
            if abs(by) >= extent:
                continue
            other = np.roll(output.expected, by, axis)
            inside = np.ones(output.wrong.shape, bool)
            fallen = slice(0, by) if by > 0 else slice(by, None)
            inside[(slice(None),) * axis + (fallen,)] = False
            where = output.wrong & inside
            if where.sum() * 2 > output.wrong.sum() and output.is_explained_by(other, where):
                id_ = "pattern-shifted-up" if by > 0 else "pattern-shifted-down"
                yield message_of(id_, by=abs(by), axis=axis)


def _scaled(output: WrongOutput) -> Iterator[Message]:
    """Look for one factor, or one summand, between what came and what should have."""
    got, expected = output.got[output.wrong], output.expected[output.wrong]
    finite = np.isfinite(got) & np.isfinite(expected)
    if not finite.all():
        return
    nonzero = np.abs(expected) > output.atol
    if nonzero.any():
        factor = float(np.median(got[nonzero] / expected[nonzero]))
        if factor != 1 and output.is_explained_by(output.expected * factor):
            yield message_of("pattern-factor", factor=float(f"{factor:.4g}"))
    summand = float(np.median(got - expected))
    if summand and output.is_explained_by(output.expected + summand):
        yield message_of("pattern-summand", summand=float(f"{summand:.4g}"))


# ---------------------------------------------------------------- where they are


def _placed(output: WrongOutput) -> Iterator[Message]:
    """Name wrong elements by their places alone, where these are not all of them."""
    if not output.wrong.all() and (where := _where(output.wrong)).id != "pattern-everywhere":
        yield message_of("pattern-place", where=where)


def _where(wrong: npt.NDArray[np.bool_]) -> Message:
    """Return which elements are wrong: from an index on, every n-th, or all of them."""
    for axis, extent in enumerate(wrong.shape):
        others = tuple(each for each in range(wrong.ndim) if each != axis)
        some, every = wrong.any(axis=others), wrong.all(axis=others)
        if some.all() or not np.array_equal(some, every):
            continue  # not whole rows of this axis
        indices = np.flatnonzero(every)
        first, last, count = int(indices[0]), int(indices[-1]), len(indices)
        if last == extent - 1 and count == last - first + 1:
            return message_of("pattern-from", axis=axis, first=first, count=count)
        if first == 0 and count == last + 1:
            return message_of("pattern-up-to", axis=axis, last=last, count=count)
        steps = np.diff(indices)
        if count > 2 and (steps == steps[0]).all() and steps[0] > 1:
            return message_of("pattern-every", axis=axis, step=int(steps[0]), first=first)
        if count == last - first + 1:
            return message_of("pattern-between", axis=axis, first=first, last=last)
    corner = tuple(int(places.min()) for places in np.nonzero(wrong))
    if wrong.ndim > 1 and all(corner) and wrong[tuple(slice(i, None) for i in corner)].all():
        if wrong.sum() == np.prod([n - i for n, i in zip(wrong.shape, corner, strict=True)]):
            return message_of("pattern-corner", corner=str([*corner]))
    return message_of("pattern-everywhere", count=int(wrong.sum()), size=wrong.size)


LOOKS: tuple[Callable[[WrongOutput], Iterator[Message]], ...] = (
    _untouched,
    _missing,
    _transposed,
    _reversed,
    _shifted,
    _scaled,
    _placed,
)
"""What is looked for, the most telling first."""

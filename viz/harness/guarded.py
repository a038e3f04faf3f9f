"""Place arrays in memory between guard zones, with the strides of the array.

A program that writes a little outside a buffer damages a guard zone, which tells which buffer and
how far, and not what happens to lie beside it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from viz.harness.arrays import Array
from viz.messages import message_of
from viz.model import Finding

LEAST_GUARD, MOST_GUARD = 1 << 16, 1 << 20
"""Bytes of a guard zone: as many as the array has, between these two."""

PATTERN = 0xC5
"""The byte that guard zones are filled with."""

ALIGNMENT = 64
"""Bytes that arrays are aligned to, as TVM's own are."""


class Damage(NamedTuple):
    """What was written outside an array.

    Attributes
    ----------
    first
        The index of the nearest damaged element, counted in elements from the array's first one:
        negative before it.
    elements
        How many elements are damaged.
    extent
        How many elements the memory of the array has.
    """

    first: int
    elements: int
    extent: int


class GuardedMemory:
    """A copy of an array between two guard zones.

    Attributes
    ----------
    array
        The array's elements, as the program left them; it shares the memory.
    """

    def __init__(self, source: Array) -> None:
        self._itemsize = source.itemsize
        self._bytes = source.itemsize * (
            1 + sum((n - 1) * (s // source.itemsize) for n, s in _axes(source))
            if source.size
            else 0
        )
        guard = min(max(self._bytes, LEAST_GUARD), MOST_GUARD)
        memory = np.full(self._bytes + 2 * guard + ALIGNMENT, PATTERN, np.uint8)
        self._start = guard + -(memory.ctypes.data + guard) % ALIGNMENT
        self._memory = memory
        inside = memory[self._start : self._start + self._bytes]
        if source.strides != np.empty(source.shape, source.dtype).strides:
            inside[:] = 0  # the gaps between rows
        # Not as_strided, which does not know all dtypes of ml_dtypes.
        self.array: Array = np.ndarray(
            source.shape, source.dtype, memory, self._start, source.strides
        )
        self.array[...] = source

    def whole(self) -> tuple[bytes, int, int]:
        """Return the memory with its guard zones, where the array starts in it, and its bytes."""
        return self._memory.tobytes(), self._start, self._bytes

    def restore(self, content: bytes) -> None:
        """Take over the memory with its guard zones as another process left it."""
        self._memory[:] = np.frombuffer(content, np.uint8)

    def damage(self) -> Damage | None:
        """Return what was written into the guard zones, or None."""
        end = self._start + self._bytes
        before = np.flatnonzero(self._memory[: self._start] != PATTERN)
        after = np.flatnonzero(self._memory[end:] != PATTERN)
        if not before.size and not after.size:
            return None
        above = np.unique((after + self._bytes) // self._itemsize)
        below = np.unique((before - self._start) // self._itemsize)
        first = above[0] if above.size else below[-1]
        return Damage(int(first), above.size + below.size, self._bytes // self._itemsize)


def outside(name: str, damage: Damage) -> Finding:
    """Return the finding of a buffer's damaged guard zones."""
    after = damage.first > 0
    what = message_of(
        "finding-outside-one" if damage.elements == 1 else "finding-outside",
        count=damage.elements,
        name=name,
        place=message_of(
            "outside-past-end" if after else "outside-before-beginning", index=damage.first
        ),
        extent=damage.extent,
    )
    return Finding(
        kind="bounds",
        what=what,
        sites=(),
        buffer=name,
        index=(damage.first,),
        flat_index=damage.first,
        extent=damage.extent,
        count=damage.elements,
    )


def _axes(array: Array) -> zip[tuple[int, int]]:
    return zip(array.shape, array.strides, strict=True)

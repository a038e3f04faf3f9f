"""The lanes of the blocks that run together, and the memory of their buffers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import ml_dtypes  # noqa: F401 - registers NumPy's bfloat16 and float8
import numpy as np

from viz.model import MemorySpace
from viz.step.runtime import lanes_of
from viz.step.threads import WARP

AXES = "xyz"
MOST_LANES = 1 << 18
"""Lanes that run at once; of a larger grid fewer blocks run."""

MOST_THREADS = 1 << 12
"""Threads of a block, beyond what any GPU allows."""

MOST_BYTES = 1 << 28
"""Bytes of one buffer with its copies for each block or lane."""


class BufferTooLargeError(Exception):
    """A kernel has more threads, or a buffer more bytes, than are run here."""


class Lanes:
    """All threads of the first blocks of a kernel, each block in whole warps.

    Attributes
    ----------
    index
        The values of ``blockIdx.x`` and so on, of shape ``(lanes, 1)``.
    active
        Which lanes are threads: the last warp of a block may have fewer.
    blocks
        How many blocks run.
    is_whole
        Whether these are all.
    """

    def __init__(self, extents: Mapping[str, int], most_blocks: int) -> None:
        grid = [extents.get(f"blockIdx.{axis}", 1) for axis in AXES]
        block = [extents.get(f"threadIdx.{axis}", 1) for axis in AXES]
        threads = math.prod(block)
        if not 0 < threads <= MOST_THREADS:
            raise BufferTooLargeError(f"{threads:,} threads in a block")
        padded = -(-threads // WARP) * WARP
        self.is_whole = math.prod(grid) <= min(most_blocks, MOST_LANES // padded)
        self.blocks = max(0, min(math.prod(grid), most_blocks, MOST_LANES // padded))
        self.count = self.blocks * padded
        lane = np.arange(self.count, dtype=np.int64)[:, None]
        self.block, thread = lane // padded, lane % padded
        self.lane = lane
        self.number = thread
        self.active = thread < threads
        self.extents = dict(extents)
        self.index: dict[str, Any] = {}
        for name, numbers, sizes in (("blockIdx", self.block, grid), ("threadIdx", thread, block)):
            for axis, size in zip(AXES, sizes, strict=True):
                self.index[f"{name}.{axis}"] = numbers % max(size, 1)
                numbers = numbers // max(size, 1)


class BufferMemory:
    """What a buffer was allocated as, with its content where that is asked for.

    Parameters
    ----------
    content
        The bytes, where they are given: of memory that all blocks have in common.
    fill
        The bytes that it begins with, where they are not.
    """

    def __init__(
        self, space: MemorySpace, size: int, content: Any = None, *, fill: int = 0
    ) -> None:
        self.space = space
        self.size = size
        self._fill = fill
        self._content = None if content is None else content[None, :]
        self._lanes: Lanes | None = None
        self.unknown_since: int | None = None
        """The kernel since which some of the content is not known; 0 for all of them."""

    def of(self, dtype: str, lanes: Lanes | None) -> tuple[Any, Any]:
        """Return the content as elements of a type, a row for each copy, and each lane's row.

        Raises
        ------
        BufferTooLargeError
            When all copies together have too many bytes.
        """
        rows: Any = 0
        copies = 1
        if lanes is not None and self.space == "shared":
            rows, copies = lanes.block, lanes.blocks
        elif lanes is not None and self.space == "local":
            rows, copies = lanes.lane, lanes.count
        is_stale = self.space != "global" and self._lanes is not lanes
        if self._content is None or is_stale:
            if self.size * copies > MOST_BYTES:
                raise BufferTooLargeError(f"a buffer of {self.size * copies:,} bytes")
            self._content = np.full((copies, self.size), self._fill, np.uint8)
            self._lanes = lanes
        size = np.dtype(dtype).itemsize
        whole = self._content[:, : self._content.shape[1] // size * size]
        return whole.view(dtype), rows


class BufferView(NamedTuple):
    """A buffer in some memory."""

    memory: BufferMemory
    name: str
    dtype: str
    """Type of an element, of a vector that of one of its lanes."""
    element: int
    """Bytes of an element, all lanes of a vector together."""
    strides: tuple[Any, ...]
    """Of each axis, in elements."""
    offset: Any = 0
    """Where it begins in the memory, in elements."""

    def place(self, indices: Sequence[Any]) -> Any:
        """Return the element of the memory at an index."""
        at = self.offset
        for index, stride in zip(indices, self.strides, strict=True):
            at = at + index * stride
        return at

    def read(self, at: Any, lanes: Lanes | None) -> Any:
        """Return elements of the memory; outside of it the nearest ones."""
        content, rows = self.memory.of(self.dtype, lanes)
        if not content.shape[1]:
            return np.zeros(np.shape(at), self.dtype)
        found = content[rows, np.clip(at, 0, content.shape[1] - 1)]
        return found

    def write(self, at: Any, value: Any, mask: Any, lanes: Lanes) -> None:
        """Write elements of the memory where lanes are active; not outside of it."""
        content, rows = self.memory.of(self.dtype, lanes)
        if mask.all() and at.size and at.min() >= 0 and at.max() < content.shape[1]:
            shape = np.broadcast_shapes(at.shape, value.shape)
            content[rows, np.broadcast_to(at, shape)] = value
            return
        inside = mask & (at >= 0) & (at < content.shape[1])
        rows, at, value = (np.broadcast_to(each, inside.shape) for each in (rows, at, value))
        content[rows[inside], at[inside]] = value[inside]


def bytes_of(dtype: str) -> int:
    """Return the bytes of an element, which may be a vector."""
    kind, lanes = lanes_of(dtype)
    return int(np.dtype(kind).itemsize * (lanes[0] if lanes else 1))


def row_major(shape: Sequence[Any]) -> tuple[Any, ...]:
    """Return the strides of a buffer without any of its own, in elements."""
    strides: list[Any] = []
    step: Any = 1
    for extent in reversed(shape):
        strides.insert(0, step)
        step = step * extent
    return tuple(strides)


def of_array(array: Any, name: str, dtype: str = "") -> BufferView:
    """Return an array as a buffer, whose memory begins at its first element."""
    steps = tuple(step // array.itemsize for step in array.strides)
    span = 1 + sum((n - 1) * step for n, step in zip(array.shape, steps, strict=True))
    if not array.size:
        span = 0
    flat = np.lib.stride_tricks.as_strided(array, (span,), (array.itemsize,))
    memory = BufferMemory("global", span * array.itemsize, flat.view(np.uint8))
    kind, lanes = lanes_of(dtype or str(array.dtype))
    if lanes:  # the last axis of the array are the lanes
        steps = tuple(step // lanes[0] for step in steps[:-1])
    return BufferView(memory, name, kind, bytes_of(dtype or str(array.dtype)), steps)

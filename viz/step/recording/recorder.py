"""Keep what an instrumented program reports: steps, values, and accesses as offsets in memory."""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from viz.step import threads

MOST_STEPS = 1_000_000
"""Steps that are kept."""

MOST_SECONDS = 10.0
"""How long a program may run while it is recorded."""

MOST_BYTES = 32 << 20
"""Bytes of all buffers together."""

_PATIENCE = 4096  # steps between two looks at the clock

READ, WRITTEN, NEW = 0, 1, 2


class StoppedError(Exception):
    """The run took too long."""


class TooLargeError(Exception):
    """The buffers have too many bytes."""


class OutsideError(IndexError):
    """An access outside of a buffer."""

    def __init__(self, name: str, index: tuple[int, ...], shape: tuple[int, ...]) -> None:
        super().__init__(name, index, shape)
        self.name, self.index, self.shape = name, index, shape


class Memory:
    """The memory of a buffer and how often its elements were accessed."""

    def __init__(self, values: Any, variable: int, name: str, thread: int, number: int) -> None:
        self.values, self.variable, self.name = values, variable, name
        self.thread, self.number = thread, number
        self.size = _span(values)
        count = self.size // values.itemsize
        self.reads, self.writes = array("I", bytes(4 * count)), array("I", bytes(4 * count))
        self.parameter = False
        self.known: list[int] = []
        """Ids of arrays in it that were met."""
        self.renew(values)

    def renew(self, values: Any) -> None:
        """Take other memory in the place of what it had."""
        self.values = values
        self.start = _address(values)
        elements = (self.size // values.itemsize,)
        flat = np.lib.stride_tricks.as_strided(values, elements, (values.itemsize,))
        self.bytes = memoryview(flat.view(np.uint8))  # type: ignore[arg-type]


class _Known(NamedTuple):
    """How an array lies in a memory: its first byte there, bytes between neighbours, its shape."""

    memory: Memory
    start: int
    strides: tuple[int, ...]
    shape: tuple[int, ...]
    values: Any


class Recorder:
    """What an instrumented program calls.

    Parameters
    ----------
    tags
        The indices of threads and blocks.
    names
        The names of variables of buffers by their node, for memory that is seen at first use.
    """

    def __init__(
        self,
        tags: Sequence[str],
        names: Callable[[int], str],
        *,
        most: int = MOST_STEPS,
        seconds: float = MOST_SECONDS,
    ) -> None:
        self._names = names
        self._most = most
        self._until = time.monotonic() + seconds
        self._tags = [-1] * len(tags)
        self._is_block = [tag.startswith("blockIdx") for tag in tags]
        self.thread = self.own = 0
        self.threads: dict[tuple[int, ...], int] = {tuple(self._tags): 0}
        self.owns = {0: 0}
        """Of each thread the row with the same indices but those of blocks: memory of a thread's
        own is one in all blocks, which run one after the other."""
        self.total = 0
        self.is_full = False
        self.node, self.step_thread, self.set_count, self.access_count = (
            array("I"), array("I"), array("I"), array("I"))  # fmt: skip
        self.variable, self.value = array("I"), array("d")
        self.access, self.buffer, self.offset = array("B"), array("I"), array("I")
        self.written = bytearray()
        self.memories: list[Memory] = []
        self._by_key: dict[tuple[int, int], Memory] = {}
        self._starts: list[tuple[int, int]] = []
        self._known: dict[int, _Known] = {}
        self._bytes = 0
        self.current = 0

    # ------------------------------------------------------------ steps and values

    def step(self, node: int) -> None:
        """Begin a step."""
        self.current = node
        self.total += 1
        if not self.total % _PATIENCE and time.monotonic() > self._until:
            raise StoppedError
        if self.is_full:
            return
        if self.total > self._most:
            self.is_full = True
            return
        self.node.append(node)
        self.step_thread.append(self.thread)
        self.set_count.append(len(self.variable))
        self.access_count.append(len(self.access))

    def put(self, variable: int, value: Any) -> None:
        """Note the value that a variable got; one that is no number has none."""
        if self.is_full or not isinstance(value, int | float | np.generic):
            return
        self.variable.append(variable)
        self.value.append(float(value))

    def test(self, variable: int, value: Any) -> Any:
        """Note a condition, and return it."""
        self.put(variable, bool(value))
        return value

    # ------------------------------------------------------------ threads

    def bind(self, tag: int, value: int) -> None:
        """Go on as another thread: an index has another value, -1 for none."""
        self._tags[tag] = int(value)
        self._choose()

    def _choose(self) -> None:
        indices = tuple(self._tags)
        known = self.threads.get(indices)
        if known is None:
            known = self.threads.setdefault(indices, len(self.threads))
            pairs = zip(indices, self._is_block, strict=True)
            in_block = tuple(-1 if is_block else index for index, is_block in pairs)
            self.owns[known] = self.threads.setdefault(in_block, len(self.threads))
            self.owns.setdefault(self.owns[known], self.owns[known])
        self.thread, self.own = known, self.owns[known]

    def run_threads(self, tags: tuple[int, ...], thread: Callable[..., Any], *extents: int) -> None:
        """Run a thread block as :func:`viz.step.threads.run_threads`, each as the thread it is."""
        before = list(self._tags)

        def enter(index: tuple[int, ...]) -> None:
            self._tags = list(before)
            for tag, value in zip(tags, index, strict=True):
                self._tags[tag] = value
            self._choose()

        def turns(run: Any, index: tuple[int, ...]) -> Iterator[Any]:
            answer = None
            while True:
                enter(index)
                try:
                    waits = run.send(answer)
                except StopIteration:
                    return
                node = self.current
                answer = yield waits
                self.current = node

        def one(*index: int) -> Any:
            enter(index)
            run = thread(*index)
            return None if run is None else turns(run, index)

        threads.run_threads(one, *extents)
        self._tags = before
        self._choose()

    def _again(self) -> None:
        """Begin a further step where another thread has made the last one."""
        if not self.is_full and (not self.step_thread or self.step_thread[-1] != self.thread):
            self.step(self.current)

    # ------------------------------------------------------------ memory

    def parameter(self, values: Any, variable: int, name: str) -> None:
        """Take note of an argument's memory."""
        self._add(values, variable, name, -1).parameter = True

    def new(self, values: Any, variable: int, name: str) -> Any:
        """Take note of memory that was allocated, and return it."""
        self._again()
        self._fresh(values, variable, name)
        return values

    def _fresh(self, values: Any, variable: int, name: str) -> Memory:
        """Take memory that is new in the place of what the variable had before, or as another."""
        memory = self._by_key.get((variable, self.own))
        if memory is not None and memory.size == _span(values):
            at = bisect_left(self._starts, (memory.start, memory.number))
            del self._starts[at]
            memory.renew(values)
            insort(self._starts, (memory.start, memory.number))
            for key in memory.known:
                self._known.pop(key, None)
            memory.known.clear()
        else:
            memory = self._add(values, variable, name, self.own)
        if not self.is_full:
            self.access.append(NEW)
            self.buffer.append(memory.number)
            self.offset.append(0)
        return memory

    def _add(self, values: Any, variable: int, name: str, thread: int) -> Memory:
        memory = Memory(values, variable, name, thread, len(self.memories))
        self._bytes += memory.size
        if self._bytes > MOST_BYTES:
            raise TooLargeError
        self.memories.append(memory)
        self._by_key[variable, thread] = memory
        insort(self._starts, (memory.start, memory.number))
        return memory

    def _place(self, values: Any, variable: int) -> _Known:
        """Return how an array lies in the memory of a buffer: its own, or that of another."""
        start = _address(values)
        at = bisect_right(self._starts, (start, len(self.memories))) - 1
        memory = self.memories[self._starts[at][1]] if at >= 0 else None
        if memory is None or start >= memory.start + memory.size:
            memory = self._fresh(values, variable, self._names(variable))
        known = _Known(memory, start - memory.start, values.strides, values.shape, values)
        if len(self._known) > 20_000:
            self._known.clear()
        self._known[id(values)] = known
        memory.known.append(id(values))
        return known

    # ------------------------------------------------------------ accesses

    def load(self, values: Any, index: Any, variable: int) -> Any:
        """Note a read, and return the element."""
        known = self._known.get(id(values)) or self._place(values, variable)
        self._note(known, index if isinstance(index, tuple) else (index,), READ, variable)
        return values[index]

    def store(self, values: Any, index: Any, value: Any, variable: int) -> None:
        """Write an element, and note that."""
        self._again()
        known = self._known.get(id(values)) or self._place(values, variable)
        whole = index if isinstance(index, tuple) else (index,)
        self._check(known, whole, variable)
        values[index] = value
        self._note(known, whole, WRITTEN, variable)

    def _check(self, known: _Known, index: tuple[Any, ...], variable: int) -> None:
        for at, extent in zip(index, known.shape, strict=False):
            if isinstance(at, np.ndarray):
                if ((at < 0) | (at >= extent)).any():
                    raise OutsideError(self._names(variable), _whole(index), known.shape)
            elif not 0 <= at < extent:
                raise OutsideError(self._names(variable), _whole(index), known.shape)

    def _note(self, known: _Known, index: tuple[Any, ...], kind: int, variable: int) -> None:
        offset = known.start
        shape = known.shape
        if len(index) == len(shape):
            for at, extent, stride in zip(index, shape, known.strides, strict=True):
                if at.__class__ is np.ndarray or not 0 <= at < extent:
                    self._check(known, index, variable)
                    break
                offset += at * stride
            else:
                self._one(known, int(offset), kind)
                return
        self._check(known, index, variable)
        for offset in _offsets(known, index):
            self._one(known, offset, kind)

    def _one(self, known: _Known, offset: int, kind: int) -> None:
        memory = known.memory
        size = known.values.itemsize
        counts = memory.writes if kind else memory.reads
        counts[offset // memory.values.itemsize] += 1
        if self.is_full:
            return
        self.access.append(kind)
        self.buffer.append(memory.number)
        self.offset.append(offset)
        if kind:
            self.written += memory.bytes[offset : offset + size]


def _address(values: Any) -> int:
    return int(values.__array_interface__["data"][0])


def _span(values: Any) -> int:
    """Return how many bytes an array reaches over."""
    if not values.size:
        return 0
    steps = zip(values.shape, values.strides, strict=True)
    return int(sum((n - 1) * step for n, step in steps) + values.itemsize)


def _whole(index: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(int(np.asarray(at).reshape(-1)[0]) for at in index)


def _offsets(known: _Known, index: tuple[Any, ...]) -> list[int]:
    """Return the offsets of several elements: lanes of a vector."""
    total: Any = known.start
    for at, stride in zip(index, known.strides, strict=False):
        total = total + np.asarray(at, np.int64) * stride
    for extent, stride in zip(known.shape[len(index) :], known.strides[len(index) :], strict=True):
        total = np.add.outer(total, np.arange(extent) * stride)
    return [int(offset) for offset in np.asarray(total).reshape(-1)]

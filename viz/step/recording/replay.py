"""Retell a recording: the variables and the memory after any of its steps."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from viz.model import RecordedBuffer, StepRecording
from viz.step.recording.recorder import NEW


class State(NamedTuple):
    """What holds after a step.

    Attributes
    ----------
    node
        The statement that the step is of, by its node; -1 before the first.
    thread
        The indices of the thread that made it, by tag, of those that are bound.
    variables
        The values of the thread's variables that have been set, by name, the latest of a name.
    buffers
        The buffers by name, as arrays; of one that each thread has its own the thread's.
    """

    node: int
    thread: dict[str, int]
    variables: dict[str, float | int]
    buffers: dict[str, Any]


class Replay:
    """A recording, to go to any step of.

    >>> replay = viz.record(text)
    >>> state = replay.state(99)
    >>> state.variables["i"], state.buffers["A"][0]
    """

    def __init__(self, recording: StepRecording) -> None:
        self.recording = recording
        content = zlib.decompress(recording.content)
        self.columns: dict[str, Any] = {}
        """The numbers of the recording's columns by their names."""
        start = 0
        for column in recording.columns:
            values = np.frombuffer(content, column.dtype, column.count, start)
            start += values.nbytes
            self.columns[column.name] = values
        self._set_ends = np.cumsum(self.columns["sets"])
        self._access_ends = np.cumsum(self.columns["accesses"])
        tags = len(recording.tags)
        self.threads = self.columns["threads"].reshape(-1, tags) if tags else np.zeros((1, 0), int)
        sizes = [np.dtype(_dtype(buffer.dtype)).itemsize for buffer in recording.buffers]
        self._item = np.array(sizes, np.int64)
        written = self.columns["access"] == 1
        self._written = np.nonzero(written)[0]
        item = self._item[self.columns["buffer"][self._written]] if len(sizes) else self._written
        self._written_starts = np.append(0, np.cumsum(item))

    def __len__(self) -> int:
        """Return how many steps are kept."""
        return self.recording.steps

    def state(self, step: int) -> State:
        """Return what holds after a step: 0 is the first, -1 the state before it.

        Raises
        ------
        IndexError
            When there is no such step.
        """
        if not -1 <= step < len(self):
            raise IndexError(step)
        node = int(self.columns["node"][step]) if step >= 0 else -1
        thread = int(self.columns["thread"][step]) if step >= 0 else 0
        indices = dict(zip(self.recording.tags, map(int, self.threads[thread]), strict=False))
        bound = {tag: index for tag, index in indices.items() if index >= 0}
        variables = self._variables(step, thread)
        return State(node, bound, variables, self._buffers(step, thread))

    def _variables(self, step: int, thread: int) -> dict[str, float | int]:
        if step < 0:
            return {}
        sets = self.columns["sets"][: step + 1]
        of_thread = np.repeat(self.columns["thread"][: step + 1] == thread, sets)
        chosen = np.nonzero(of_thread)[0]
        last = dict(zip(self.columns["variable"][chosen], chosen, strict=True))
        found: dict[str, float | int] = {}
        for slot, at in sorted(last.items(), key=lambda item: item[1]):
            variable, value = self.recording.variables[slot], float(self.columns["value"][at])
            if not variable.condition:
                is_float = "float" in variable.dtype
                found[variable.name] = value if is_float else int(value)
        return found

    def _buffers(self, step: int, thread: int) -> dict[str, Any]:
        end = int(self._access_ends[step]) if step >= 0 else 0
        until = np.searchsorted(self._written, end)
        written, starts = self._written[:until], self._written_starts[:until]
        access, buffer = self.columns["access"][:end], self.columns["buffer"][:end]
        found: dict[str, Any] = {}
        for number, row, memory in self._memories(thread):
            renewed = np.nonzero((buffer == number) & (access == NEW))[0]
            first = renewed[-1] if len(renewed) else 0
            own = (buffer[written] == number) & (written >= first)
            lanes = np.arange(self._item[number])
            # Of several writes of one element the last one counts.
            sources = starts[own][:, None] + lanes
            targets = self.columns["offset"][written[own]].astype(np.int64)[:, None] + lanes
            memory[targets.reshape(-1)] = self.columns["written"][sources.reshape(-1)]
            values = memory.view(_dtype(row.dtype))
            found[row.name] = np.lib.stride_tricks.as_strided(values, row.shape, row.strides)
        return found

    def _memories(self, thread: int) -> Iterator[tuple[int, RecordedBuffer, Any]]:
        """Yield the buffers that a thread sees: number, buffer, and its memory at first."""
        own = self.columns["own"][thread]
        start = 0
        for number, buffer in enumerate(self.recording.buffers):
            if buffer.parameter:
                yield number, buffer, self.columns["initial"][start : start + buffer.size].copy()
                start += buffer.size
            elif buffer.thread in (-1, own) or buffer.scope.startswith("shared"):
                yield number, buffer, np.full(buffer.size, _fill(buffer.dtype), np.uint8)


def _fill(dtype: str) -> int:
    """Return the bytes of memory that is new."""
    return 1 if dtype == "bool" else 255


def _dtype(name: str) -> Any:
    return getattr(ml_dtypes, name, name)

"""Run the threads of a GPU's thread block as generators that take turns.

A thread yields where it waits for others: at a barrier, or for a value of another thread. It goes
on when all threads have come to such a place.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from viz.step.runtime import empty

WARP = 32
"""Threads of a warp."""

barrier = "barrier"
"""What a thread yields to wait until all have come here."""

warp_barrier = "warp barrier"
"""What a thread yields to wait until the others of its warp have come this far."""


class Shuffle(NamedTuple):
    """What a thread yields to get a value that another thread of its warp has."""

    value: Any
    source: Callable[[int], int]
    """The other one's lane by one's own; where that is outside of the width, one gets one's own."""
    width: int


class AllReduce(NamedTuple):
    """What a thread yields to get the combined values of all threads with the same ``group``."""

    combine: Callable[..., Any]
    identity: Any
    value: Any
    condition: Any
    group: tuple[int, ...]


def shuffle(value: Any, lane: int, width: int) -> Shuffle:
    """Ask for the value of a lane."""
    return Shuffle(value, lambda own: own // width * width + lane % width, width)


def shuffle_up(value: Any, distance: int, width: int) -> Shuffle:
    """Ask for the value of the lane that is ``distance`` below."""
    return Shuffle(value, lambda own: own - distance, width)


def shuffle_down(value: Any, distance: int, width: int) -> Shuffle:
    """Ask for the value of the lane that is ``distance`` above."""
    return Shuffle(value, lambda own: own + distance, width)


def shuffle_xor(value: Any, bits: int, width: int) -> Shuffle:
    """Ask for the value of the lane whose number differs in some bits."""
    return Shuffle(value, lambda own: own ^ int(bits), width)


def all_reduce(
    combine: Callable[..., Any], identity: Any, value: Any, condition: Any, group: tuple[int, ...]
) -> AllReduce:
    """Ask for the combined values of all threads with the same ``group``.

    A thread whose ``condition`` is false gives ``identity``. Of several values each is a tuple.
    """
    return AllReduce(combine, identity, value, condition, group)


class PerThread(dict[Any, Any]):
    """A buffer of which each thread has its own, by the thread's index."""

    def __init__(self, shape: tuple[int, ...], dtype: str) -> None:
        super().__init__()
        self._shape, self._dtype = shape, dtype

    def __missing__(self, index: Any) -> Any:
        self[index] = buffer = empty(self._shape, self._dtype)
        return buffer


def per_thread(shape: tuple[int, ...], dtype: str) -> PerThread:
    """Return a buffer of which each thread has its own."""
    return PerThread(shape, dtype)


def run_threads(
    thread: Callable[..., Any], *extents: int, order: Callable[[int], Iterable[int]] = range
) -> None:
    """Run one thread block to its end.

    Parameters
    ----------
    thread
        What one thread does, by its indices; a generator if it waits for others anywhere.
    extents
        How many values each index has; the last one is ``threadIdx.x``.
    order
        Returns the numbers of some count of threads, in the order in which they take turns.

    Raises
    ------
    RuntimeError
        When threads wait for one that has ended or waits elsewhere.
    """
    indices = list(itertools.product(*map(range, extents)))
    # What does not wait runs here to its end, a generator begins below.
    runs = {number: thread(*indices[number]) for number in order(len(indices))}
    answers: dict[int, Any] = {number: None for number, run in runs.items() if run is not None}
    waiting: dict[int, Any] = {}
    while answers:
        for number in filter(answers.__contains__, runs):
            answer = answers[number]
            try:
                waiting[number] = runs[number].send(answer)
            except StopIteration:
                waiting.pop(number, None)
        answers = answers_to(waiting, indices)
        for number in answers:
            del waiting[number]


class MissedBarrierError(RuntimeError):
    """A thread waits at a barrier that another one does not come to."""


def answers_to(waiting: Mapping[int, Any], indices: list[tuple[int, ...]]) -> dict[int, Any]:
    """Return what threads that wait are given, by their numbers; the others go on waiting."""
    shuffles = {number: w for number, w in waiting.items() if isinstance(w, Shuffle)}
    # All that can go on have done so before anything is answered.
    warps = [number for number, w in waiting.items() if isinstance(w, str) and w == warp_barrier]
    if shuffles or warps:
        shuffled: dict[int, Any] = {n: _shuffled(n, shuffles) for n in shuffles}
        return dict.fromkeys(warps) | shuffled
    for number in waiting and range(len(indices)):
        first = next(iter(waiting))
        if type(waiting.get(number)) is not type(waiting[first]):
            what = "waits elsewhere" if number in waiting else "has ended"
            raise MissedBarrierError(
                f"thread {indices[first]} waits for thread {indices[number]}, which {what}"
            )
    groups: dict[tuple[int, ...], Any] = {}
    answers: dict[int, Any] = dict.fromkeys(waiting)
    # In the order of their numbers, whoever came first.
    reductions = {n: w for n, w in sorted(waiting.items()) if isinstance(w, AllReduce)}
    for reduction in reductions.values():
        value = reduction.value if reduction.condition else reduction.identity
        if reduction.group in groups:
            before = groups[reduction.group]
            both = (*before, *value) if isinstance(value, tuple) else (before, value)
            value = reduction.combine(*both)
        groups[reduction.group] = value
    return answers | {number: groups[reduction.group] for number, reduction in reductions.items()}


def _shuffled(number: int, shuffles: Mapping[int, Shuffle]) -> Any:
    own, lane = shuffles[number], number % WARP
    source = own.source(lane)
    if source // own.width != lane // own.width:
        source = lane
    return np.copy(shuffles.get(number - lane + source, own).value)[()]

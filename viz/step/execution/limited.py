"""Run programs of the Python codegen with a limit on the rounds of their loops, and watch elements.

Nothing is measured while a round runs: a loop is counted with all its rounds where it begins, so a
limited run takes as long as another one. Only a run that watches an element looks at every store.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from viz.step.execution.counted import counted
from viz.step.runtime import empty
from viz.step.threads import run_threads

FILE = "<python {}>"
"""What a text is called in tracebacks, by its place among the texts of a program."""


BETWEEN_LOOKS = 10_000
"""Rounds after which the time is looked at."""

UNWRITTEN = 255
"""The bytes of a buffer before it is written, as :func:`viz.step.runtime.empty` leaves them."""


class LimitReached(Exception):
    """A program was stopped: its loops have too many rounds, or the time was used up.

    Attributes
    ----------
    rounds
        How many rounds were begun; 0 when it was the time.
    """

    def __init__(self, rounds: int) -> None:
        super().__init__(rounds)
        self.rounds = rounds


class Limit(NamedTuple):
    """How long a program may run."""

    rounds: int
    """Rounds of all its loops and threads."""
    until: float
    """The moment of ``time.monotonic()`` at which it is stopped."""


class Watch(NamedTuple):
    """An element whose last write is looked for."""

    array: Any
    """One of the arrays that the program is called with."""
    at: tuple[int, ...]


class Write(NamedTuple):
    """A store that wrote an element, as :attr:`ProgramError.text` and ``line`` tell its place."""

    text: int
    line: int
    values: Mapping[str, int]
    """The integers that had names there: loop variables, indices of threads."""


class ProgramError(Exception):
    """A program raised an error.

    Attributes
    ----------
    error
        What it raised.
    text, line
        The text among the program's, and its 1-based line; 0 where the error is in none of them.
    """

    def __init__(self, error: BaseException, text: int, line: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.text = text
        self.line = line


class Ran(NamedTuple):
    """What is known of a run that came to its end."""

    value: Any
    """What the function returned."""
    rounds: int
    """How many rounds were begun."""
    last_write: Write | None
    """The last store to the watched element; None where nothing wrote it, or none was watched."""


class LimitedProgram:
    """A program in one text or several, of which a later one replaces functions of an earlier one.

    The texts are Python and do what they say: they are our codegen's.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._compiled: dict[tuple[bool, bool], list[Any]] = {}

    def call(
        self,
        function: str,
        arguments: Iterable[Any],
        limit: Limit,
        *,
        watch: Watch | None = None,
        checking: bool = False,
        fill: int = UNWRITTEN,
        order: Callable[[int], Iterable[int]] = range,
    ) -> Ran:
        """Call a function; what it writes is in the arrays afterwards.

        Parameters
        ----------
        checking
            Whether an index below 0 is an error; NumPy counts it from the end.
        fill
            The bytes of memory that nothing has written yet.
        order
            The order in which threads take turns; see :func:`viz.step.threads.run_threads`.

        Raises
        ------
        LimitReached
            When the limit stops it.
        ProgramError
            When it raises an error.
        """
        meter = _Meter(limit, watch)
        namespace: dict[str, Any] = {
            "__rounds": meter.rounds_of,
            "__round": meter.round,
            "__wrote": meter.wrote,
            "__kept_or_empty": partial(kept_or_empty, fill),
            "__inside": inside,
            "__run_threads": meter.threads(order),
        }
        try:
            for code in self._codes(watching=watch is not None, checking=checking):
                exec(code, namespace)
            # Overflow, and division by zero of floats, are no errors in TIR.
            with np.errstate(all="ignore"):
                value = namespace[function](*arguments)
        except LimitReached:
            raise
        # The program's own, such as an index or a missed barrier; or Python cannot nest as deep.
        except Exception as error:
            raise ProgramError(error, *_place(error)) from error
        return Ran(value, meter.rounds, meter.last)

    def _codes(self, *, watching: bool, checking: bool) -> list[Any]:
        if (watching, checking) not in self._compiled:
            self._compiled[watching, checking] = [
                compile(
                    counted(text, number, watching=watching, checking=checking),
                    FILE.format(number),
                    "exec",
                )
                for number, text in enumerate(self._texts)
            ]
        return self._compiled[watching, checking]


def _place(error: BaseException) -> tuple[int, int]:
    """Return the text and the line of the innermost frame of a program in a traceback."""
    place, trace = (0, 0), error.__traceback__
    names = {}
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.startswith("<python ") and name not in names:
            names[name] = int(name[len("<python ") : -1])
        if name in names:
            place = names[name], trace.tb_lineno
        trace = trace.tb_next
    return place


def inside(array: Any, index: Any) -> Any:
    """Return an index of an array.

    Raises
    ------
    IndexError
        When it is below 0, in the words of NumPy for one past the end.
    """
    places = index if type(index) is tuple else (index,)
    for at in places:
        if type(at) is not int or at < 0:  # else it is one of most, which take no time
            break
    else:
        return index
    for axis, at in enumerate(places):
        least = at.min(initial=0) if isinstance(at, np.ndarray) else at
        if least < 0:
            size = array.shape[axis]
            message = f"index {least} is out of bounds for axis {axis} with size {size}"
            raise IndexError(message)
    return index


def kept_or_empty(fill: int, kept: Any, shape: Sequence[int], dtype: str) -> Any:
    """Return the memory that an allocation had in the round before, else a new buffer.

    What TVM allocates within a loop keeps its content from round to round, and its passes move
    allocations there although elements are handed on.
    """
    fresh = empty(shape, dtype)
    if kept is not None and kept.shape == fresh.shape and kept.dtype == fresh.dtype:
        return kept
    if fill != UNWRITTEN:
        fresh.reshape(-1).view(np.uint8)[:] = fill
    return fresh


class _Meter:
    """Counts the rounds of a run, and notes what writes a watched element."""

    def __init__(self, limit: Limit, watch: Watch | None) -> None:
        self._limit = limit
        self._watch = watch
        self.rounds = 0
        self._next_look = 0
        self.last: Write | None = None
        self._address = 0
        self._addresses: dict[int, tuple[Any, Any]] = {}
        if watch is not None:
            steps = zip(watch.at, watch.array.strides, strict=True)
            self._address = _start(watch.array) + sum(i * step for i, step in steps)

    def rounds_of(self, inner: int, *bounds: Any) -> Iterable[int]:
        """Return a range, each round of which has ``inner`` rounds of further loops in it."""
        rounds = range(*bounds)
        self._count(len(rounds) * (1 + inner))
        if len(rounds) <= BETWEEN_LOOKS:
            return rounds
        return chain.from_iterable(self._slices(rounds))

    def _slices(self, rounds: range) -> Iterator[range]:
        """Yield the parts of a long range, with a look at the clock before each."""
        for start in range(0, len(rounds), BETWEEN_LOOKS):
            self._look()
            yield rounds[start : start + BETWEEN_LOOKS]

    def round(self) -> bool:
        """Count one round."""
        self._count(1)
        return True

    def threads(self, order: Callable[[int], Iterable[int]]) -> Callable[..., None]:
        """Return what runs the threads of a block, counted."""

        def run(thread: Callable[..., Any], *extents: int) -> None:
            self._count(int(np.prod(extents)))
            run_threads(thread, *extents, order=order)

        return run

    def wrote(self, array: Any, index: Any, text: int, line: int) -> None:
        """Note a store if it wrote the watched element."""
        watched = self._watch
        if watched is None or not np.may_share_memory(array, watched.array):
            return
        if (self._addresses_of(array)[index] == self._address).any():
            names = sys._getframe(1).f_locals
            integers = (int, np.integer)
            values = {n: int(v) for n, v in names.items() if isinstance(v, integers)}
            self.last = Write(text, line, {n: v for n, v in values.items() if n[:2] != "__"})

    def _addresses_of(self, array: Any) -> Any:
        """Return the address of each element of an array."""
        if id(array) not in self._addresses:
            addresses = np.asarray(_start(array), np.int64)
            for extent, step in zip(array.shape, array.strides, strict=True):
                addresses = np.add.outer(addresses, np.arange(extent, dtype=np.int64) * step)
            self._addresses[id(array)] = array, addresses  # the array too: its id stays its own
        return self._addresses[id(array)][1]

    def _count(self, rounds: int) -> None:
        self.rounds += rounds
        if self.rounds > self._next_look:
            self._look()

    def _look(self) -> None:
        """Stop the program if it is to be stopped."""
        if self.rounds > self._limit.rounds:
            raise LimitReached(self.rounds)
        if time.monotonic() > self._limit.until:
            raise LimitReached(0)
        self._next_look = min(self.rounds + BETWEEN_LOOKS, self._limit.rounds)


def _start(array: Any) -> int:
    return int(array.__array_interface__["data"][0])

"""Run the programs of stages on the same inputs."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from viz.errors import RunError
from viz.ir.labels import dtype
from viz.ir.parse import Parsed
from viz.model import VerifyPart
from viz.runtime.analysis.sizes import symbols
from viz.runtime.execute import RETURNED, Call
from viz.runtime.run import declared_table, prepared
from viz.step.execution.limited import (
    UNWRITTEN,
    Limit,
    LimitedProgram,
    LimitReached,
    Ran,
    Watch,
)
from viz.verifier.stage_programs import StageProgram

Arrays = dict[str, Any]

PREFERRED_ROUNDS = 20_000
"""Rounds of the first stage that sizes nobody chose are made smaller for, if they can be."""

SMALLER = (37, 13, 5, 2)
"""The sizes that are tried then; the first are no multiples of what loops are split by."""


class Stage(NamedTuple):
    """A stage that ran."""

    program: StageProgram
    compiled: LimitedProgram
    ran: Ran
    arrays: Arrays


class StageRunner:
    """Runs stages of one function.

    Attributes
    ----------
    limit
        How long each may run.
    call
        The function with its inputs; after the first run with the sizes of that.
    """

    def __init__(self, parsed: Parsed, function: str, prim_func: Any, part: VerifyPart) -> None:
        self._parsed = parsed
        self._function = function
        self._prim_func = prim_func
        self._sizes = part.sizes
        self._seed = part.seed
        self.limit = Limit(part.rounds, time.monotonic() + part.seconds)
        self.call = self._prepared({})

    def run(
        self,
        program: StageProgram,
        compiled: LimitedProgram,
        watch: tuple[str, tuple[int, ...]] | None = None,
        *,
        is_first: bool = False,
        fill: int = UNWRITTEN,
    ) -> Stage:
        """Run a stage on copies of the inputs, and watch an element of a buffer by name and index.

        The first one is the user's own: its indices are checked. ``fill`` are the bytes of memory
        that nothing has written yet.

        Raises
        ------
        LimitReached, ProgramError
            When it does not come to its end.
        """
        arguments = self._arguments()
        arrays = {n: v for n, v in arguments.items() if isinstance(v, np.ndarray)}
        watched = None if watch is None else Watch(arrays[watch[0]], watch[1])
        ran = compiled.call(
            program.function,
            arguments.values(),
            self.limit,
            watch=watched,
            checking=is_first,
            fill=fill,
            order=shuffled if program.has_barriers else range,
        )
        outputs = dict(arrays)
        if self.call.returns_value:
            kind = np.dtype(dtype(self._prim_func.ret_type))
            outputs[RETURNED] = np.asarray(ran.value).astype(kind)
        return Stage(program, compiled, ran, outputs)

    def run_first(self, program: StageProgram, compiled: LimitedProgram) -> Stage:
        """Run the first stage, where it has many rounds with smaller sizes than nobody chose."""
        free = [name for name in symbols(self._prim_func) if name not in self._sizes]
        declared = declared_table(self._parsed, self._function, "SIZES")
        sizes: list[dict[str, int]] = [{}]
        if free:
            sizes += [
                {name: min(size, self.call.arguments.sizes[name]) for name in free}
                for size in SMALLER
            ]
        if any(name in declared for name in free):
            preferred = self.limit.rounds  # the author's own sizes
        else:
            preferred = PREFERRED_ROUNDS
        reached = LimitReached(0)
        for chosen in sizes:
            try:
                self.call = self._prepared(chosen)
                done = self.run(program, compiled, is_first=True)
            except RunError:
                continue
            except LimitReached as limit:
                reached = limit
                continue
            if done.ran.rounds <= preferred or chosen == sizes[-1]:
                return done
        raise reached

    def _prepared(self, sizes: Mapping[str, int]) -> Call:
        ranges = declared_table(self._parsed, self._function, "RANGES")
        chosen = {**sizes, **self._sizes}
        return prepared(self._parsed, self._function, self._prim_func, self._seed, chosen, ranges)

    def _arguments(self) -> dict[str, Any]:
        kinds = {str(param.name): param for param in self._prim_func.params}
        return {
            name: copied(value)
            if isinstance(value, np.ndarray)
            else np.dtype(dtype(kinds[name].ty)).type(value)
            for name, value in self.call.arguments.values.items()
        }


def shuffled(count: int) -> list[int]:
    """Return the numbers of a block's threads in a fixed order without any rule.

    Threads that take turns in order would hide that a barrier is missing wherever the earlier one
    hands a value to the later one.
    """
    order = list(range(count))
    random.Random(count).shuffle(order)
    return order


def copied(array: Any) -> Any:
    """Return a copy of an array with the same strides."""
    steps = zip(array.shape, array.strides, strict=True)
    last = sum((extent - 1) * step for extent, step in steps)
    memory = np.zeros(last // array.itemsize + 1, array.dtype)
    copy = np.lib.stride_tricks.as_strided(memory, array.shape, array.strides)
    copy[...] = array
    return copy

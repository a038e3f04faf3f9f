"""Take down the passes that run: the module before each, the module after, how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import tvm
from tvm.ir.instrument import pass_instrument

from viz.passes.step import Part, Step

T = TypeVar("T")

WRAPPERS = ("_pipeline", "sequential")
"""Passes without a name of their own: what they run is recorded instead."""


class OpenPass(NamedTuple):
    """A pass that has begun and not ended."""

    name: str
    before: tvm.IRModule
    began: float


@pass_instrument
class PassRecorder:
    """Records the outermost passes that have a name of their own.

    Passes that a named pass runs inside itself are part of it.

    Parameters
    ----------
    part
        The part of the build that all passes belong to; None to find it by where the host is split
        from the device.
    """

    def __init__(self, part: Part | None = None) -> None:
        self.steps: list[Step] = []
        self.open: list[OpenPass] = []
        self._whole = part
        self._halves: list[set[str]] = []
        self._last: tuple[Any, Any, tvm.IRModule] | None = None

    def run_before_pass(self, mod: tvm.IRModule, info: Any) -> None:
        """Note that a pass begins: TVM calls it."""
        self.open.append(OpenPass(str(info.name), self._snapshot(mod), time.perf_counter()))

    def run_after_pass(self, mod: tvm.IRModule, info: Any) -> None:
        """Record a pass that has ended: TVM calls it."""
        seconds = time.perf_counter() - self.open[-1].began
        name, before, _ = self.open.pop()
        if is_named(name) and not any(is_named(outer.name) for outer in self.open):
            after = self._snapshot(mod)
            part = self._part(before)
            if name == "tirx.Filter":
                part = "device" if self.steps[-1].name == name else "host"
                self._halves.append(_names(after))
            self.steps.append(Step(name, before, after, seconds, part))

    def timed(
        self, name: str, mod: tvm.IRModule, run: Callable[[tvm.IRModule], tuple[tvm.IRModule, T]]
    ) -> tuple[tvm.IRModule, T]:
        """Run what is no pass of TVM's as a step; return its module and what else it made."""
        before = self._snapshot(mod)
        self.open.append(OpenPass(name, before, time.perf_counter()))
        after, made = run(mod)
        _, before, began = self.open.pop()
        seconds = time.perf_counter() - began
        self.steps.append(Step(name, before, self._snapshot(after), seconds, self._part(before)))
        return after, made

    def _snapshot(self, mod: tvm.IRModule) -> tvm.IRModule:
        """Return a copy that shares the functions: some passes put new ones into the module itself.

        Into its own map of them, that is: TVM's maps are copied on writing. What one pass left is
        nearly always what the next one gets.
        """
        functions, attrs = mod.functions, mod.attrs
        if self._last is not None:
            last_functions, last_attrs, copy = self._last
            if functions.same_as(last_functions) and attrs.same_as(last_attrs):
                return copy
        copy = tvm.IRModule(functions, attrs=attrs)
        self._last = functions, attrs, copy
        return copy

    def thrown(self) -> OpenPass | None:
        """Return the named pass that never ended: it threw."""
        return next((each for each in self.open if is_named(each.name)), None)

    def finished(self) -> tuple[Step, ...]:
        """Return the steps, the one that threw last."""
        thrown = self.thrown()
        if thrown is None:
            return tuple(self.steps)
        name, before, began = thrown
        step = Step(name, before, before, time.perf_counter() - began, self._part(before))
        return (*self.steps, step)

    def _part(self, before: tvm.IRModule) -> Part:
        """Return the half of the split module that a pass got; two Filters make the split."""
        if self._whole is not None:
            return self._whole
        if len(self._halves) < 2:
            return "all"
        return "host" if _names(before) <= self._halves[0] else "device"


def is_named(name: str) -> bool:
    """Return whether a pass has a name of its own."""
    return name not in WRAPPERS


def _names(mod: tvm.IRModule) -> set[str]:
    return {str(variable.name_hint) for variable in mod.functions}

"""Record every pass of a build: the module before, the module after, how long it took."""

from __future__ import annotations

import time
from collections import Counter
from functools import cached_property
from typing import Any, NamedTuple

import tvm
from tvm import tir

from viz.errors import RequestError, VizError
from viz.legacy.passes import pipeline
from viz.legacy.passes.pipeline import Part
from viz.legacy.reflection import type_key
from viz.legacy.walker import LegacyOccurrence, occurrences
from viz.messages import message_of
from viz.model import Options, Pass, StageName
from viz.model.problem import problem_of


class LegacyStep(NamedTuple):
    """One pass that ran; ``after`` is ``before`` when it threw."""

    name: str
    before: tvm.IRModule
    after: tvm.IRModule
    seconds: float
    part: Part


class LegacyRecording:
    """A build and the passes it ran, oldest first; the stage after ``steps[i]`` has number i + 1.

    ``lowered`` is None where the build failed and ``failure`` says why: a pass ``threw``, and is
    the last step, or all of them ended and left no kernel for a GPU.
    """

    def __init__(
        self,
        module: tvm.IRModule,
        target: str,
        steps: tuple[LegacyStep, ...],
        lowered: pipeline.LegacyLowered | None,
        failure: VizError | None,
        *,
        threw: bool = False,
    ) -> None:
        self.input = module
        self.target = target
        self.steps = steps
        self.lowered = lowered
        self.failure = failure
        self.threw = threw

    def stage(self, name: StageName) -> tvm.IRModule:
        """Return the module at a stage; after a pass that threw it is what the pass was given.

        Raises
        ------
        VizError
            The build's own failure, where the stage was never reached.
        RequestError
            When no pass has this number.
        """
        if name == "input":
            return self.input
        if isinstance(name, int):
            if not 0 <= name <= len(self.steps):
                raise RequestError(message_of("no-stage", stage=name, last=len(self.steps)))
            return self.steps[name - 1].after if name else self.steps[0].before
        if name == "scheduled" and self.steps:
            return self.steps[0].before
        return self.final_module

    def built(self) -> pipeline.LegacyLowered:
        """Return what the codegens get.

        Raises
        ------
        VizError
            What ended the build.
        """
        if self.lowered is None:
            assert self.failure is not None
            raise self.failure
        return self.lowered

    @cached_property
    def final_module(self) -> tvm.IRModule:
        """Host and device functions in one module.

        Raises
        ------
        VizError
            What ended the build.
        """
        return self.built().final()

    @cached_property
    def final(self) -> list[LegacyOccurrence]:
        """The nodes of what the codegens get, by id.

        Raises
        ------
        VizError
            What ended the build.
        """
        return occurrences(self.final_module)

    @cached_property
    def changed(self) -> tuple[bool, ...]:
        """Whether each step changed the structure of its module."""
        return tuple(_changed(step) for step in self.steps)

    @cached_property
    def counts(self) -> tuple[dict[str, int], ...]:
        """The Expr and Stmt nodes after each step by type, empty where it changed nothing."""
        known: dict[int, Counter[str]] = {}

        def count(function: Any) -> Counter[str]:
            handle = function.body.handle.value  # all stages are alive
            if handle not in known:
                known[handle] = Counter(
                    type_key(each.obj)
                    for each in occurrences(function.body)
                    if isinstance(each.obj, (tvm.ir.PrimExpr, tir.Stmt))
                )
            return known[handle]

        return tuple(
            dict(sorted(sum(map(count, _prim_funcs(step.after)), Counter[str]()).items()))
            if changed
            else {}
            for step, changed in zip(self.steps, self.changed, strict=True)
        )

    def rows(self, *, counts: bool = False) -> tuple[Pass, ...]:
        """Return the passes as plain data; the one that threw has the failure as its problem.

        With ``counts`` the nodes are counted that each one left.
        """
        problem = problem_of(self.failure) if self.threw and self.failure else None
        last = len(self.steps) - 1
        return tuple(
            Pass(
                number=i + 1,
                name=step.name,
                part=step.part,
                changed=self.changed[i],
                seconds=step.seconds,
                counts=self.counts[i] if counts else {},
                problem=problem if i == last else None,
            )
            for i, step in enumerate(self.steps)
        )


def record(mod: tvm.IRModule, target: str, options: Options = Options()) -> LegacyRecording:
    """Lower a module and record its passes. A pass that throws ends the recording, no exception.

    Raises
    ------
    RequestError, LoweringError
        When no pass began: an unknown target or option, or no schedule for a GPU.
    """
    recorder = _LegacyPassRecorder()
    lowered: pipeline.LegacyLowered | None = None
    failure: VizError | None = None
    try:
        lowered = pipeline.lower(
            mod, target, options, instruments=(recorder,), enter=recorder.enter
        )
    except VizError as error:
        if not recorder.steps and not recorder.open:
            raise
        failure = error
    threw = recorder.thrown() is not None
    return LegacyRecording(mod, target, recorder.finished(), lowered, failure, threw=threw)


def _prim_funcs(mod: tvm.IRModule) -> list[Any]:
    return [each for each in mod.functions.values() if isinstance(each, tir.PrimFunc)]


def _changed(step: LegacyStep) -> bool:
    before, after = _by_name(step.before), _by_name(step.after)
    if before.keys() == after.keys() and all(
        _is_same(function, after[name]) for name, function in before.items()
    ):
        return not _is_equal(step.before.attrs, step.after.attrs)
    return not tvm.ir.structural_equal(step.before, step.after, map_free_vars=True)


def _by_name(mod: tvm.IRModule) -> dict[str, Any]:
    return {str(variable.name_hint): function for variable, function in mod.functions.items()}


def _is_same(one: Any, other: Any) -> bool:
    """Whether two functions are one, or a copy that has the very same parts."""
    if one.same_as(other):
        return True
    return (
        isinstance(one, tir.PrimFunc)
        and isinstance(other, tir.PrimFunc)
        and one.body.same_as(other.body)
        and len(one.params) == len(other.params)
        and all(a.same_as(b) for a, b in zip(one.params, other.params, strict=True))
        and one.buffer_map.same_as(other.buffer_map)
        and _is_equal(one.attrs, other.attrs)
    )


def _is_equal(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return bool(one.same_as(other)) or bool(tvm.ir.structural_equal(one, other))


@tvm.instrument.pass_instrument
class _LegacyPassRecorder:
    """Records the outermost passes that have a name of their own.

    TVM's lists of passes (``sequential``) have none: what they run is recorded instead. Passes that
    a named pass runs inside itself are part of it.
    """

    def __init__(self) -> None:
        self.steps: list[LegacyStep] = []
        self.open: list[tuple[str, tvm.IRModule, float]] = []
        self.part: Part = "all"
        self._last: tuple[Any, Any, tvm.IRModule] | None = None

    def enter(self, part: Part) -> None:
        if part == "all":  # a build begins, maybe a second one after another schedule
            self.steps.clear()
            self.open.clear()
        self.part = part

    def run_before_pass(self, mod: tvm.IRModule, info: Any) -> None:
        self.open.append((str(info.name), self._snapshot(mod), time.perf_counter()))

    def run_after_pass(self, mod: tvm.IRModule, info: Any) -> None:
        seconds = time.perf_counter() - self.open[-1][2]
        name, before, _ = self.open.pop()
        if _is_named(name) and not any(_is_named(outer) for outer, _, _ in self.open):
            self.steps.append(LegacyStep(name, before, self._snapshot(mod), seconds, self.part))

    def _snapshot(self, mod: tvm.IRModule) -> tvm.IRModule:
        """Return a copy that shares the functions: some passes put new ones into the module itself.

        Into its own map of them, that is: TVM's maps are copied on writing. What one pass left is
        nearly always what the next one gets.
        """
        functions, attrs = mod.functions, mod.attrs
        if self._last is not None:
            last_functions, last_attrs, copy = self._last
            if functions.same_as(last_functions) and _are_one(attrs, last_attrs):
                return copy
        copy = tvm.IRModule(functions, attrs=attrs)
        self._last = functions, attrs, copy
        return copy

    def thrown(self) -> tuple[str, tvm.IRModule, float] | None:
        """Return the named pass that never ended: it threw."""
        return next((open_pass for open_pass in self.open if _is_named(open_pass[0])), None)

    def finished(self) -> tuple[LegacyStep, ...]:
        """Return the steps, the one that threw last."""
        thrown = self.thrown()
        if thrown is None:
            return tuple(self.steps)
        name, before, began = thrown
        return (
            *self.steps,
            LegacyStep(name, before, before, time.perf_counter() - began, self.part),
        )


def _are_one(one: Any, other: Any) -> bool:
    return one is other or (one is not None and other is not None and bool(one.same_as(other)))


def _is_named(name: str) -> bool:
    return "." in name

"""Record every pass of a build: the module before, the module after, how long it took.

The build is that of :mod:`viz.codegen.emit` with a PassInstrument, which only takes snapshots; a
test compares the emitted texts of a recorded build with those of another.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import tvm
import tvm_ffi
from tvm import relax

from viz.errors import TVM_ERRORS, RequestError, VizError
from viz.ir.labels import key_of
from viz.ir.walker import Occurrence, occurrences
from viz.messages import message_of
from viz.model import Options, Pass, StageName
from viz.model.problem import problem_of
from viz.passes import pipeline
from viz.passes.lowering_error import lowering_error
from viz.passes.pass_recorder import PassRecorder
from viz.passes.relax.lowering import RelaxLowered, has_relax, lower_relax
from viz.passes.schedule.replay import Scheduled
from viz.passes.step import Step
from viz.passes.targets import pass_context

BEFORE_PIPELINE = ("schedule", "relax")
"""The parts of a build that come before the target's pipeline for PrimFuncs."""


class Recording:
    """A build and the passes it ran, oldest first; the stage after ``steps[i]`` has number i + 1.

    ``lowered`` is None where the build failed and ``failure`` says why: a pass ``threw``, and is
    the last step, or all of them ended and left no kernel for a GPU. ``relax`` is what became of
    the Relax functions, where there are any.
    """

    def __init__(
        self,
        module: tvm.IRModule,
        target: str,
        steps: tuple[Step, ...],
        lowered: pipeline.Lowered | None,
        failure: VizError | None,
        *,
        threw: bool = False,
        relax: RelaxLowered | None = None,
    ) -> None:
        self.input = module
        self.target = target
        self.steps = steps
        self.lowered = lowered
        self.failure = failure
        self.threw = threw
        self.relax = relax

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
        if name == "scheduled":
            for step in self.steps:
                if step.part not in BEFORE_PIPELINE:
                    return step.before
        return self._final_module()

    def _final_module(self) -> tvm.IRModule:
        """Return what the codegens get, that of Relax's virtual machine included."""
        final = self.built().final()
        if self.relax is None:
            return final
        return tvm.IRModule({**dict(final.functions.items()), **self.relax.functions})

    def built(self) -> pipeline.Lowered:
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
    def final(self) -> list[Occurrence]:
        """The nodes of what the codegens get, by id.

        Raises
        ------
        VizError
            What ended the build.
        """
        return occurrences(self._final_module())

    @cached_property
    def changed(self) -> tuple[bool, ...]:
        """Whether each step changed the structure of its module."""
        return tuple(_changed(step) for step in self.steps)

    @cached_property
    def counts(self) -> tuple[dict[str, int], ...]:
        """The node counts after each step (:func:`counts`), empty where it changed nothing.

        Stages share the bodies, and all stages are alive: an address stands for a body.
        """
        known: dict[int, Counter[type]] = {}

        def count(function: Any) -> Counter[type]:
            handle = function.body.__chandle__()
            if handle not in known:
                known[handle] = _count(function)
            return known[handle]

        return tuple(
            _named_counts(map(count, _with_bodies(step.after))) if changed else {}
            for step, changed in zip(self.steps, self.changed, strict=True)
        )

    def rows(self, *, counts: bool = False) -> tuple[Pass, ...]:
        """Return the passes as plain data; the one that threw has the failure as its problem.

        With ``counts`` the nodes are counted that each one left.
        """
        last = len(self.steps) - 1
        return tuple(
            Pass(
                number=i + 1,
                name=step.name,
                part=step.part,
                changed=self.changed[i],
                seconds=step.seconds,
                counts=self.counts[i] if counts else {},
                problem=problem_of(self.failure)
                if self.threw and self.failure and i == last
                else None,
                written=step.written,
            )
            for i, step in enumerate(self.steps)
        )


def record(
    mod: tvm.IRModule,
    target: str,
    options: Options = Options(),
    scheduled: Scheduled | None = None,
) -> Recording:
    """Lower a module and record its passes. A pass that throws ends the recording, no exception.

    Parameters
    ----------
    scheduled
        What the steps of the user's schedule made of the module, which is lowered instead.

    Raises
    ------
    RequestError, LoweringError
        When no pass began: an unknown target or option, or no schedule for a GPU.
    """
    first: tuple[Step, ...] = ()
    given, upper = mod, None
    if scheduled is not None:
        first, given = scheduled.steps, scheduled.mod
        if scheduled.failure is not None:
            return Recording(mod, target, first, None, scheduled.failure, threw=True)
    if has_relax(given):
        upper = lower_relax(given, target, options)
        first, given = (*first, *upper.steps), upper.kernels
        if upper.failure is not None:
            return Recording(mod, target, first, None, upper.failure, threw=True, relax=upper)
    recorder = PassRecorder()
    lowered: pipeline.Lowered | None = None
    failure: VizError | None = None
    try:
        lowered = pipeline.lower(given, target, options, instruments=[recorder])
    except VizError as error:
        if not recorder.steps and not recorder.open and upper is None:
            raise
        failure = error
    threw = recorder.thrown() is not None
    steps = (*first, *recorder.finished())
    return Recording(mod, target, steps, lowered, failure, threw=threw, relax=upper)


def record_passes(
    mod: tvm.IRModule, passes: Iterable[Any], target: str, config: Options = Options()
) -> Recording:
    """Run passes of one's own on a module, one after the other, and record them.

    A pass that throws ends the recording, no exception.

    Parameters
    ----------
    passes
        TVM's passes: ``tirx.transform.FlattenBuffer()``, what ``tvm.transform.module_pass`` and
        ``tirx.transform.prim_func_pass`` make of a function.
    target
        What the recording calls its target.

    Raises
    ------
    RequestError
        See :func:`viz.passes.targets.pass_context`.
    """
    steps: list[Step] = []
    failure: VizError | None = None
    current = tvm.IRModule(mod.functions, attrs=mod.attrs)
    with pass_context(config.config):
        for each in passes:
            name, given, began = str(each.info.name), current, time.perf_counter()
            try:
                made = each(tvm.IRModule(given.functions, attrs=given.attrs))
                current = tvm.IRModule(made.functions, attrs=made.attrs)
            except TVM_ERRORS as error:
                failure = lowering_error(error, target, given, name)
            steps.append(Step(name, given, current, time.perf_counter() - began, "all"))
            if failure is not None:
                break
    return Recording(mod, target, tuple(steps), None, failure, threw=failure is not None)


def counts(mod: tvm.IRModule) -> dict[str, int]:
    """Return how many Expr and Stmt nodes of each type the bodies of a module's functions have.

    Of Relax functions also the bindings and their blocks.

    By occurrence, and without those inside types (shapes), which say the same over and over.
    """
    return _named_counts(map(_count, _with_bodies(mod)))


def _count(function: Any) -> Counter[type]:
    """Count the nodes of a function's body by class."""
    nodes: list[Any] = []
    # list.append is a callback written in C: this is by far the most of what an Overview does.
    callbacks = [
        (tvm.ir.Type, lambda node: tvm_ffi.WalkResult.SKIP),
        (tvm.ir.Expr, nodes.append),
        (tvm.tirx.Stmt, nodes.append),
        (relax.Binding, nodes.append),
        (relax.BindingBlock, nodes.append),
    ]
    tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    return Counter(map(type, nodes))


def _named_counts(counted: Iterable[Counter[type]]) -> dict[str, int]:
    by_key: Counter[str] = Counter()
    for by_class in counted:
        for cls, number in by_class.items():
            by_key[key_of(cls)] += number
    return dict(sorted(by_key.items()))


def _with_bodies(mod: tvm.IRModule) -> list[Any]:
    return [
        function
        for function in mod.functions.values()
        if isinstance(function, tvm.tirx.PrimFunc | relax.Function)
    ]


def _changed(step: Step) -> bool:
    before, after = _by_name(step.before), _by_name(step.after)
    if before.keys() == after.keys() and all(
        _is_same(function, after[name]) for name, function in before.items()
    ):
        # Most passes leave nearly all as it is, and to compare a long function takes long.
        return not _is_equal(step.before.attrs, step.after.attrs)
    return not tvm_ffi.structural_equal(step.before, step.after, map_free_vars=True)


def _by_name(mod: tvm.IRModule) -> dict[str, Any]:
    return {str(variable.name_hint): function for variable, function in mod.functions.items()}


def _is_same(one: Any, other: Any) -> bool:
    """Whether two functions are one, or a copy that has the very same parts."""
    if one.same_as(other):
        return True
    return (
        isinstance(one, tvm.tirx.PrimFunc)
        and isinstance(other, tvm.tirx.PrimFunc)
        and one.body.same_as(other.body)
        and _are_same(one.params, other.params)
        and _is_equal(one.ret_type, other.ret_type)
        and _is_equal(one.attrs, other.attrs)
    )


def _are_same(some: Any, others: Any) -> bool:
    return bool(some.same_as(others)) or (
        len(some) == len(others) and all(map(tvm_ffi.Object.same_as, some, others))
    )


def _is_equal(one: Any, other: Any) -> bool:
    return bool(one.same_as(other)) or tvm_ffi.structural_equal(one, other)

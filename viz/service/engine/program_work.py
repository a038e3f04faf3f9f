"""Keep what the requests about one program share: its parse, and a lowering for each target."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from viz.errors import LoweringError
from viz.frontend.schedule.code import schedule_of
from viz.ir.functions import only
from viz.ir.parse import Parsed
from viz.ir.tvm_names import Parts
from viz.ir.walker import Walks
from viz.messages import message_of
from viz.model import (
    ComputedPart,
    PlanPart,
    Problem,
    Request,
    RunPart,
    ScheduleCode,
    catalog,
    encode,
)
from viz.service.worker.loaded_engine import Report

if TYPE_CHECKING:
    from viz.passes.recording import Recording
    from viz.passes.schedule.replay import Player, Scheduled

T = TypeVar("T")


class ProgramWork:
    """A parsed module, its lowerings, and the parts of the engine that may work on it."""

    def __init__(self, parsed: Parsed, parts: Parts) -> None:
        self.parsed = parsed
        self.parts = parts
        self.walks = Walks(parsed.user_span)
        """The nodes of the stages that were asked for."""
        self._narrowed: dict[str, ProgramWork] = {}
        self._prim_funcs: ProgramWork | None = None
        self._recordings: dict[tuple[str, bytes], Recording] = {}
        self._made: dict[tuple[str, int], Any] = {}

    def narrowed(self, function: str) -> ProgramWork:
        """Leave only a function and what it calls: the others may be impossible to lower."""
        if function not in self._narrowed:
            mod = only(self.parsed.mod, function)
            whole = self.parsed.whole or self.parsed.mod
            parsed = self.parsed._replace(mod=mod, whole=whole)
            self._narrowed[function] = ProgramWork(parsed, self.parts)
        return self._narrowed[function]

    def prim_funcs_only(self) -> ProgramWork:
        """Leave out the Relax functions, for what works on PrimFuncs alone.

        Raises
        ------
        LoweringError
            When there is no PrimFunc.
        """
        if self._prim_funcs is None:
            parsed = self.parsed.prim_funcs_only()
            same = parsed is self.parsed
            self._prim_funcs = self if same else ProgramWork(parsed, self.parts)
        return self._prim_funcs

    def record(self, request: Request, report: Report) -> Recording:
        """Lower the module for a request's target and options, once, with a record of the passes.

        Raises
        ------
        VizError
            See :func:`viz.passes.recording.record`; it is repeated at the next request.
        EngineError
            When lowering does not work with this TVM.
        """
        self.parts.require("lowering")
        from viz.passes.recording import record

        key = request.target, encode(request.options)
        if key not in self._recordings:
            self._report_lowering(request, report)
            mod = self.parsed.mod
            target = request.target
            self._recordings[key] = record(
                mod, target, request.options, self.scheduled_for(request.target)
            )
        return self._recordings[key]

    @cached_property
    def schedule(self) -> ScheduleCode | None:
        """The schedule that stands below the program; None where there is none."""
        return schedule_of(self.parsed.program.schedules, self.parsed.definition)

    @cached_property
    def scheduled(self) -> Scheduled | None:
        """What the steps of the user's schedule make of the module; None without such steps."""
        if self.schedule is None:
            return None
        from viz.passes.schedule.replay import replay

        return replay(self.parsed.mod, self.schedule, self._constants)

    @property
    def _constants(self) -> dict[str, Any]:
        """The values of the names that the text gives outside of the steps."""
        definition = self.parsed.program.definition(self.parsed.definition)
        return self.parsed.program.constants.get(definition.span.start, {})

    def player_after(self, step: int | None) -> tuple[Player, int]:
        """Return TVM's Schedule of the module after a step, the last one if None, and its number.

        Raises
        ------
        LoweringError
            When a step up to that one fails.
        """
        from viz.passes.schedule.replay import player_after

        return player_after(self.parsed.mod, self.schedule, self._constants, step)

    def scheduled_for(self, target: str) -> Scheduled | None:
        """Return the scheduled module for a target; None where no schedule applies.

        A schedule that binds loops to GPU threads is none for a CPU, which gets the program
        without it.
        """
        from viz.passes.function_roles import is_bound

        row = catalog.targets().get(target)
        if self.scheduled is None or row is None or row.gpu:
            return self.scheduled
        own, made = self.parsed.mod, self.scheduled.mod
        if any(map(is_bound, made.functions.values())) and not any(
            map(is_bound, own.functions.values())
        ):
            return None
        return self.scheduled

    def remarks(self, target: str) -> tuple[Problem, ...]:
        """Return what there is to say of the user's schedule and a target."""
        if self.scheduled is None or self.scheduled_for(target) is not None:
            return ()
        assert self.schedule is not None
        what = message_of("schedule-for-gpu", title=catalog.targets()[target].title)
        return (
            Problem(code="schedule", severity="info", what=what, span=self.schedule.steps[-1].span),
        )

    def built(self, target: str) -> Parsed:
        """Return the program with the module that its passes are given for a target.

        Raises
        ------
        LoweringError
            When a step of the user's schedule fails, at its place.
        """
        scheduled = self.scheduled_for(target)
        if scheduled is None:
            return self.parsed
        if scheduled.failure is not None:
            raise scheduled.failure
        return self.parsed._replace(mod=scheduled.mod, unscheduled=self.parsed.mod)

    def _report_lowering(self, request: Request, report: Report) -> None:
        from viz.passes import gpu_schedule

        row = catalog.targets().get(request.target)
        loads = row is not None and row.gpu and gpu_schedule.may_load(self.parsed.mod)
        id_ = "step-lowering-matmul" if loads else "step-lowering"
        report(message_of(id_, target=request.target))

    def once(self, what: str, recording: Recording, make: Callable[[], T]) -> T:
        """Return what is made of a lowering, which several requests need."""
        key = what, id(recording)  # those that are kept are alive
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def locate(self, error: LoweringError, request: Request) -> None:
        """Add the place in the user's text, where an error has none and one can be told."""
        if error.span is not None:
            return
        from viz.passes import error_location

        target = request.target
        part = request.part
        if isinstance(part, PlanPart | ComputedPart):
            part = part.run
        if isinstance(part, RunPart):
            from viz.runtime import run

            target = run.target_of(part.device)
        error.span = error_location.find(error, self.built(target), target, request.options)

"""Answer what the steps of a user's schedule make of a program."""

from __future__ import annotations

from typing import Any

from viz.errors import RequestError
from viz.ir.functions import by_importance, module_name
from viz.messages import message_of
from viz.model import (
    EMULATED,
    ChoicesPart,
    Reply,
    Request,
    ScheduleChoices,
    SchedulePart,
    ScheduleReport,
    ScheduleStop,
    StageVerdict,
    catalog,
)
from viz.model.problem import problem_of
from viz.service.engine.program_work import ProgramWork
from viz.service.engine.replies import GATED
from viz.service.worker.loaded_engine import Report


def schedule(request: Request, work: ProgramWork, report: Report) -> Reply:
    """Return the loops of a program after each step of its schedule.

    Raises
    ------
    LoweringError
        When no rule of the default schedule fits the program that it is asked for.
    """
    part = request.part
    assert isinstance(part, SchedulePart)
    work.parts.require("lowering")
    from viz.passes.schedule.nest import nest
    from viz.passes.schedule.offer import offered

    report(message_of("step-scheduling"))
    parsed, scheduled = work.parsed, work.scheduled
    made, left_out = nest(parsed.mod)
    stops = [ScheduleStop(0, None, made, left_out)]
    for number, step in enumerate(scheduled.steps if scheduled else (), 1):
        made, left_out = ((), 0) if step.after.same_as(step.before) else nest(step.after)
        stops.append(ScheduleStop(number, step.written, made, left_out))
    if scheduled is not None and scheduled.failure is not None:
        problem = problem_of(scheduled.failure)
        stops[-1] = ScheduleStop(stops[-1].number, stops[-1].step, problem=problem)
    verdicts = _verdicts(request, work, report) if part.verify and scheduled else ()
    text, rules = offered(work.built(request.target).mod, request) if part.offer else ("", ())
    return ScheduleReport(
        definition=parsed.definition,
        code=work.schedule,
        stops=tuple(stops),
        offered=text,
        rules=rules,
        verdicts=verdicts,
    )


def choices(request: Request, work: ProgramWork, report: Report) -> Reply:
    """Return what a step can do with a loop, a block or a buffer of the program.

    Raises
    ------
    RequestError
        When there is no such node, or no step of that number.
    LoweringError
        When a step up to that one fails.
    """
    part = request.part
    assert isinstance(part, ChoicesPart)
    work.parts.require("lowering")
    from viz.passes.schedule import choices as tried

    report(message_of("step-trying"))
    row = catalog.targets().get(request.target)
    player, step = work.player_after(part.step)
    if part.step is not None and part.step != step:
        raise RequestError(message_of("no-stage", stage=part.step, last=step))
    about = tried.chosen(player.mod, part.node, part.name)
    variable = work.schedule.variable if work.schedule is not None else "sch"
    return ScheduleChoices(
        definition=work.parsed.definition,
        step=step,
        node=about.id,
        kind=about.kind,
        name=about.name,
        choices=tried.choices(player, variable, about, is_gpu=row is not None and row.gpu),
    )


def search(request: Request, work: ProgramWork, report: Report) -> Reply:
    """Return other schedules of the program, the best ones first.

    Raises
    ------
    RefusedError
        When the program is none that may be run.
    VizError
        When it cannot be run as it is written, or there is nothing to draw from.
    """
    work.parts.require("run")
    from viz.ir.process_state import cheap_stack
    from viz.passes import gpu_schedule
    from viz.runtime import ir_gate
    from viz.verifier.schedule_search import search as search_schedules

    parsed = work.parsed
    name = request.function or by_importance(parsed.mod)[0]
    with cheap_stack():
        gpu_schedule.preload()

    def check(mod: Any) -> None:
        if GATED:
            ir_gate.check(mod, parsed.user_span)

    return search_schedules(parsed, module_name(parsed.mod, name), request, report, check)


def _verdicts(request: Request, work: ProgramWork, report: Report) -> tuple[StageVerdict, ...]:
    """Run the program after each step.

    Raises
    ------
    RefusedError
        When the program, or what a step made of it, is none that may be run.
    """
    part = request.part
    assert isinstance(part, SchedulePart)
    work.parts.require("run")
    from viz.runtime import ir_gate
    from viz.verifier.schedule_steps import step_verdicts

    name = request.function or by_importance(work.parsed.mod)[0]
    narrowed = work.narrowed(module_name(work.parsed.mod, name))
    parsed, scheduled = narrowed.parsed, narrowed.scheduled
    assert scheduled is not None
    if GATED:
        for mod in (parsed.mod, *(step.after for step in scheduled.steps)):
            ir_gate.check(mod, parsed.user_span)
    report(message_of("step-running", function=name, device=part.device))
    emulated = part.device == EMULATED
    return step_verdicts(parsed, name, scheduled, part.sizes, emulated=emulated)

"""Answer what the steps of a user's schedule make of a program."""

from __future__ import annotations

from viz.frontend.schedule.code import schedule_of
from viz.messages import message_of
from viz.model import Reply, Request, SchedulePart, ScheduleReport, ScheduleStop
from viz.model.problem import problem_of
from viz.service.engine.program_work import ProgramWork
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
    stops = [ScheduleStop(0, None, nest(parsed.mod))]
    for number, step in enumerate(scheduled.steps if scheduled else (), 1):
        made = () if step.after.same_as(step.before) else nest(step.after)
        stops.append(ScheduleStop(number, step.written, made))
    if scheduled is not None and scheduled.failure is not None:
        problem = problem_of(scheduled.failure)
        stops[-1] = ScheduleStop(stops[-1].number, stops[-1].step, (), problem)
    text, rules = offered(work.built(request.target).mod, request) if part.offer else ("", ())
    return ScheduleReport(
        definition=parsed.definition,
        code=schedule_of(parsed.program.schedules, parsed.definition),
        stops=tuple(stops),
        offered=text,
        rules=rules,
    )

"""Answer what the steps of a user's schedule make of a program."""

from __future__ import annotations

from viz.ir.functions import by_importance, module_name
from viz.messages import message_of
from viz.model import (
    Reply,
    Request,
    SchedulePart,
    ScheduleReport,
    ScheduleStop,
    StageVerdict,
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
    stops = [ScheduleStop(0, None, nest(parsed.mod))]
    for number, step in enumerate(scheduled.steps if scheduled else (), 1):
        made = () if step.after.same_as(step.before) else nest(step.after)
        stops.append(ScheduleStop(number, step.written, made))
    if scheduled is not None and scheduled.failure is not None:
        problem = problem_of(scheduled.failure)
        stops[-1] = ScheduleStop(stops[-1].number, stops[-1].step, (), problem)
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
    report(message_of("step-running", function=name, device="llvm"))
    return step_verdicts(parsed, name, scheduled, part.sizes)

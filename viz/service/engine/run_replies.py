"""Make the replies to the parts that run a program, or parts of one.

As in :mod:`viz.service.engine.replies` a part of the engine is imported where it is needed.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from viz.errors import RefusedError
from viz.ir.functions import by_importance, is_relax, module_name
from viz.ir.parse import Parsed
from viz.messages import message_of
from viz.model import (
    EMULATED,
    ComputedPart,
    PlanPart,
    RacePart,
    RecordPart,
    Reply,
    Request,
    RulePart,
    RunPart,
    VerifyPart,
)
from viz.service.engine.program_work import ProgramWork
from viz.service.engine.replies import GATED, stages, tree_at
from viz.service.worker.loaded_engine import Report


def _name(parsed: Parsed, wanted: str) -> str:
    """Return what the module calls the function that runs: the chosen one, else the first."""
    return module_name(parsed.mod, wanted or by_importance(parsed.mod)[0])


def _run(request: Request, work: ProgramWork, report: Report) -> Reply:
    assert isinstance(request.part, RunPart)
    work.parts.require("emulator" if request.part.device == EMULATED else "run")
    from viz.runtime import run

    name = _name(work.parsed, request.function)
    report(message_of("step-running", function=name, device=request.part.device))
    if is_relax(work.parsed.mod[name]):
        return _run_relax(request, work, name)
    work = work.prim_funcs_only()
    parsed, name = admitted(request, work, request.part.device)
    return run.run(parsed, name, request)


def _run_relax(request: Request, work: ProgramWork, name: str) -> Reply:
    from viz.runtime import run
    from viz.runtime.relax_vm import gate
    from viz.runtime.relax_vm.run import run_relax

    assert isinstance(request.part, RunPart)
    if GATED:
        gate.check(work.parsed.mod, work.parsed.user_span)
    with run.placing(work.parsed, name, request.part.reference):
        return run_relax(work.parsed, name, request)


def _plan(request: Request, work: ProgramWork, report: Report) -> Reply:
    assert isinstance(request.part, PlanPart)
    work.parts.require("run")
    from viz.runtime.in_browser.plan import launch_plan

    parsed, name = admitted(request, work, request.part.run.device)
    report(message_of("step-planning", function=name))
    return launch_plan(parsed, name, request)


def _computed(request: Request, work: ProgramWork, report: Report) -> Reply:
    assert isinstance(request.part, ComputedPart)
    work.parts.require("run")
    from viz.runtime.in_browser.computed import judged

    parsed, name = admitted(request, work, request.part.run.device)
    report(message_of("step-comparing-computed", function=name))
    return judged(parsed, name, request)


def admitted(request: Request, work: ProgramWork, device: str) -> tuple[Parsed, str]:
    """Return the module with the function that runs and what it calls, and that one's name.

    Raises
    ------
    RefusedError
        When it holds what must not run.
    """
    from viz.runtime import ir_gate, run

    name = _name(work.parsed, request.function)
    parsed = work.narrowed(name).built(run.target_of(device))
    if GATED:
        try:
            ir_gate.check(run.for_device(parsed, device).mod, parsed.user_span)
        except RefusedError as error:
            error.span = error.span or parsed.name_span(name)
            raise
    return parsed, name


def _verify(request: Request, work: ProgramWork, report: Report) -> Reply:
    assert isinstance(request.part, VerifyPart)
    work.parts.require("run")
    from viz.runtime import ir_gate
    from viz.verifier.verify import verification

    name = _name(work.parsed, request.function)
    if GATED:
        ir_gate.check(work.parsed.mod, work.parsed.user_span)
        if (scheduled := work.scheduled_for(request.target)) is not None:
            ir_gate.check(scheduled.mod, work.parsed.user_span)
    return verification(
        work.parsed,
        name,
        work.record(request, report),
        request.part,
        root_of=lambda stage: stages(request, work, report, stage)[0],
        walks=work.walks,
        report=report,
        arguments=request.arguments,
    )


def _record(request: Request, work: ProgramWork, report: Report) -> Reply:
    part = request.part
    assert isinstance(part, RecordPart)
    work.parts.require("run")
    from viz.runtime.python_device.recorded_run import recorded_run

    name = _name(work.parsed, part.name)
    tree = tree_at(request, work, report, part.stage)
    report(message_of("step-recording", function=name))
    return recorded_run(work.parsed, tree, name, part)


def _race(request: Request, work: ProgramWork, report: Report) -> Reply:
    work.parts.require("emulator")
    from viz.runtime import ir_gate
    from viz.verifier.race import race_replay

    narrowed = work.narrowed(name := _name(work.parsed, request.function))
    parsed = narrowed.built("cuda")
    if GATED:
        ir_gate.check(parsed.mod, parsed.user_span)
    replay = race_replay(parsed, name, request, report, gated=GATED, scheduled=narrowed.scheduled)
    if narrowed.scheduled is None and (
        request.function or len(parsed.mod.functions) == len(work.parsed.mod.functions)
    ):
        return replay
    # The input's tree has further functions, or is not scheduled: it has other numbers.
    unnumbered = (msgspec.structs.replace(s, input_node=None) for s in replay.statements)
    return msgspec.structs.replace(replay, statements=tuple(unnumbered))


def _rule(request: Request, work: ProgramWork, report: Report) -> Reply:
    part = request.part
    assert isinstance(part, RulePart)
    work.parts.require("run")
    from viz.runtime.rule_trial.trial import trial

    name = _name(work.parsed, part.name)
    report(message_of("step-rule", function=name))
    return trial(work.parsed, tree_at(request, work, report, part.stage), name, part)


RUN_REPLIES: dict[type, Callable[[Request, ProgramWork, Report], Reply]] = {
    RunPart: _run,
    PlanPart: _plan,
    ComputedPart: _computed,
    VerifyPart: _verify,
    RacePart: _race,
    RulePart: _rule,
    RecordPart: _record,
}
"""What makes the reply to each part that runs something."""

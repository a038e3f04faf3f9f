"""Make the reply to the part that asks whether a GPU could launch a program."""

from __future__ import annotations

import msgspec

from viz.messages import message_of
from viz.model import LaunchPart, Reply, Request
from viz.service.engine.program_work import ProgramWork
from viz.service.engine.replies import GATED
from viz.service.worker.loaded_engine import Report


def launch(request: Request, work: ProgramWork, report: Report) -> Reply:
    """Return what stands in the way of launching the kernels of a request's target.

    Raises
    ------
    RequestError
        When the target has no kernels.
    RefusedError
        When the program is none whose text a compiler may be given.
    """
    part = request.part
    assert isinstance(part, LaunchPart)
    work.parts.require("lowering")
    from viz.passes.launch.report import Asked, launch_report

    report(message_of("step-launch", target=request.target))
    asked = Asked(
        request.target, request.options, work.parsed.definition, request.arguments, gated=GATED
    )
    # Mends are changes of the program's text, which say nothing of what a schedule makes of it.
    mends = part.mends and work.scheduled is None
    built = work.built(request.target)
    found = launch_report(built, asked, with_mends=mends)
    if not part.compile:
        return found
    work.parts.require("run")
    from viz.runtime import ir_gate
    from viz.runtime.compile_check import compile_checks

    report(message_of("step-compilers"))
    if GATED:
        ir_gate.check(work.parsed.mod, work.parsed.user_span)
        ir_gate.check(built.mod, built.user_span)
    checks = compile_checks(built, request.target, request.options)
    return msgspec.structs.replace(found, compiled=checks)

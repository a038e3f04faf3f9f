"""Make the reply to a request to run a function, once the gate on its IR lets it pass."""

from __future__ import annotations

import msgspec

from viz.emulator.user_lines import SiteLocator, causes_first, placed
from viz.errors import RefusedError, RequestError, VizError
from viz.legacy.answers.build_replies import GATED, LegacyReply, origins_in
from viz.legacy.codegen.marked_source import marked
from viz.legacy.functions import by_importance
from viz.legacy.program_work import LegacyWork
from viz.legacy.runtime import ir_gate, run
from viz.messages import message_of
from viz.model import EMULATED, Outcome, Request, RunPart
from viz.service.worker.loaded_engine import Report


def _run(request: Request, work: LegacyWork, report: Report) -> Outcome:
    part = request.part
    assert isinstance(part, RunPart)
    if part.cost is not None:
        raise RequestError(message_of("no-cost-2024"))
    name = request.function or by_importance(work.parsed.mod)[0]
    report(message_of("step-running", function=name, device=part.device))
    parsed = work.narrowed(name).parsed
    if GATED:
        try:
            ir_gate.check(parsed.mod, parsed.user_span)
        except RefusedError as error:
            error.span = error.span or parsed.name_span(name)
            raise
    outcome = run.run(parsed, name, request)
    if part.device == EMULATED and outcome.findings:
        return _placed(outcome, request, work.narrowed(name), report)
    return outcome


def _placed(outcome: Outcome, request: Request, work: LegacyWork, report: Report) -> Outcome:
    """Return an outcome whose findings in kernels have places in the user's text."""
    findings = causes_first(outcome.findings)
    target = msgspec.structs.replace(request, target="cuda")
    try:
        recording = work.record(target, report)
        device = next(part for part in marked(recording).emissions if part.part == "device")
    except VizError:  # then they keep the lines of the emitted text alone
        return msgspec.structs.replace(outcome, findings=findings)
    locator = SiteLocator(origins_in(work, recording), device, work.parsed.program.text)
    return msgspec.structs.replace(outcome, findings=placed(findings, locator))


RUN_REPLIES: dict[type, LegacyReply] = {RunPart: _run}
"""What makes the reply to each part that runs something."""

"""Make the reply to a request to run a function, once the gate on its IR lets it pass."""

from __future__ import annotations

import os

from viz.errors import RefusedError
from viz.legacy.answers.build_replies import LegacyReply
from viz.legacy.functions import by_importance
from viz.legacy.program_work import LegacyWork
from viz.legacy.runtime import ir_gate, run
from viz.messages import message_of
from viz.model import Outcome, Request, RunPart
from viz.service.worker.loaded_engine import Report

GATED = os.environ.get("TIRSCOPE_GATES") != "off"
"""Whether programs pass the gate; off only where the jail behind it is tested."""


def _run(request: Request, work: LegacyWork, report: Report) -> Outcome:
    part = request.part
    assert isinstance(part, RunPart)
    name = request.function or by_importance(work.parsed.mod)[0]
    report(message_of("step-running", function=name, device=part.device))
    parsed = work.narrowed(name).parsed
    if GATED:
        try:
            ir_gate.check(parsed.mod, parsed.user_span)
        except RefusedError as error:
            error.span = error.span or parsed.name_span(name)
            raise
    return run.run(parsed, name, request)


RUN_REPLIES: dict[type, LegacyReply] = {RunPart: _run}
"""What makes the reply to each part that runs something."""

"""Make the reply to the part that asks for edits after which a run costs less."""

from __future__ import annotations

import msgspec

from viz.frontend.program import read
from viz.harness import reference
from viz.ir.functions import by_importance, module_name
from viz.ir.parse import parse
from viz.model import (
    EMULATED,
    CostAdvicePart,
    CostOptions,
    Outcome,
    Reply,
    Request,
)
from viz.passes.function_roles import is_bound
from viz.service.engine.program_work import ProgramWork
from viz.service.engine.replies import GATED
from viz.service.engine.run_replies import admitted
from viz.service.worker.loaded_engine import Report


def cost_advice(request: Request, work: ProgramWork, report: Report) -> Reply:
    """Return what a program's accesses cost, and edits of its text with which they cost less.

    Each edited text is read, gated and run like the user's own, in this process.

    Raises
    ------
    VizError
        When the program itself cannot be run.
    """
    part = request.part
    assert isinstance(part, CostAdvicePart)
    work.parts.require("emulator")
    from viz.runtime import run
    from viz.verifier.cost_advice import cost_advice as advice

    text = request.text
    counted = msgspec.structs.replace(
        part.run,
        device=EMULATED,
        cost=msgspec.structs.replace(part.run.cost or CostOptions(), pictures=False),
        keep=True,
        timed=False,
        pictures=False,
    )
    function = request.function or by_importance(work.parsed.mod)[0]

    has_threads = work.schedule is not None or any(
        is_bound(each) for each in work.parsed.mod.functions.values()
    )

    def measure(edited: str) -> Outcome:
        changed = msgspec.structs.replace(request, text=edited, function=function, part=counted)
        work_on = work if edited == text else _work_on(changed, work)
        parsed, name = admitted(changed, work_on, EMULATED)
        return run.run(parsed, name, changed)

    # All runs are on the same inputs, and a jailed process may run a reference once.
    with reference.remembered():
        return advice(
            *(work.parsed.program, text, work.schedule, part, measure, report), is_bound=has_threads
        )


def _work_on(request: Request, work: ProgramWork) -> ProgramWork:
    """Parse an edited text.

    Raises
    ------
    VizError
        When the edit makes a text of it that cannot be read.
    """
    parsed = parse(read(request.text), work.parsed.definition, request.arguments, gated=GATED)
    return ProgramWork(parsed, work.parts).narrowed(module_name(parsed.mod, request.function))

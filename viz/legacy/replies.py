"""Name what makes the reply of the 2024 TVM to each part about a program."""

from __future__ import annotations

from viz.frontend.dialect.obsolete import generation
from viz.frontend.schedule.code import schedule_of
from viz.legacy.answers.build_replies import (
    BUILD_REPLIES,
    LegacyReply,
    passes,
    stages,
    target_at,
)
from viz.legacy.answers.run_replies import RUN_REPLIES
from viz.legacy.functions import by_importance, describe
from viz.legacy.parse import LegacyParsed
from viz.legacy.program_work import LegacyWork
from viz.legacy.stage_text import stage_text
from viz.messages import message_of
from viz.model import Overview, OverviewPart, Problem, Request, StageText, StageTextPart
from viz.service.worker.loaded_engine import Report


def _overview(request: Request, work: LegacyWork, report: Report) -> Overview:
    part = request.part
    assert isinstance(part, OverviewPart)
    parsed = work.parsed
    names = by_importance(parsed.mod)
    chosen = work.narrowed(request.function) if request.function else work
    rows, problems = passes(request, chosen, report) if part.passes else ((), ())
    return Overview(
        definitions=parsed.program.definitions,
        definition=parsed.definition,
        functions=tuple(describe(parsed.mod, name, parsed.name_span(name)) for name in names),
        edits=parsed.edits,
        generation=generation(parsed.edits),
        upgraded=parsed.upgraded,
        left_out=parsed.program.left_out,
        problems=(*parsed.problems, *_unscheduled(parsed), *problems),
        passes=rows,
    )


def _unscheduled(parsed: LegacyParsed) -> tuple[Problem, ...]:
    """Return a remark where a schedule stands below the program, which is not followed."""
    code = schedule_of(parsed.program.schedules, parsed.definition)
    if code is None or not code.steps:
        return ()
    what = message_of("schedule-not-in-2024")
    return (Problem(code="schedule", severity="info", what=what, span=code.steps[0].span),)


def _stage_text(request: Request, work: LegacyWork, report: Report) -> StageText:
    part = request.part
    assert isinstance(part, StageTextPart)
    (root,) = stages(request, work, report, part.stage)
    report(message_of("step-marking"))
    return stage_text(work.walks, root, part.stage, target_at(request, part.stage))


REPLIES: dict[type, LegacyReply] = {
    OverviewPart: _overview,
    StageTextPart: _stage_text,
    **BUILD_REPLIES,
    **RUN_REPLIES,
}
"""What makes the reply to each part about a program; a part without a row is refused."""

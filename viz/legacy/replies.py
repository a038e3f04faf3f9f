"""Make the reply to each part that a TVM of 2024 can answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from viz.frontend.dialect.obsolete import generation
from viz.legacy.functions import by_importance, describe, function_of
from viz.legacy.program_work import LegacyWork
from viz.model import Overview, OverviewPart, Reply, Request, Tree, TreePart
from viz.service.worker.loaded_engine import Report


def _overview(request: Request, work: LegacyWork, report: Report) -> Overview:
    part = request.part
    assert isinstance(part, OverviewPart)
    parsed = work.parsed
    names = by_importance(parsed.mod)
    return Overview(
        definitions=parsed.program.definitions,
        definition=parsed.definition,
        functions=tuple(describe(parsed.mod, name, parsed.name_span(name)) for name in names),
        edits=parsed.edits,
        generation=generation(parsed.edits),
        upgraded=parsed.upgraded,
        left_out=parsed.program.left_out,
        problems=parsed.problems,
    )


def _tree(request: Request, work: LegacyWork, report: Report) -> Tree:
    part = request.part
    assert isinstance(part, TreePart)
    return work.walks.tree(_chosen(request, work.parsed.mod), part.stage)


def _chosen(request: Request, mod: Any) -> Any:
    """Return what is walked: the module, or the function that was chosen.

    Raises
    ------
    RequestError
        When it has no such function.
    """
    return function_of(mod, request.function) if request.function else mod


REPLIES: dict[type, Callable[[Request, LegacyWork, Report], Reply]] = {
    OverviewPart: _overview,
    TreePart: _tree,
}
"""What makes the reply to each part about a program; a part without a row is refused."""

"""Make the reply to each part that a TVM of 2024 can answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from viz.errors import RequestError
from viz.legacy.program_work import LegacyWork
from viz.legacy.walker import functions_of
from viz.messages import message_of
from viz.model import Reply, Request, Tree, TreePart
from viz.service.worker.loaded_engine import Report


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
    if not request.function:
        return mod
    functions = dict(functions_of(mod))
    if request.function not in functions:
        what = message_of("no-function", name=request.function, known=tuple(functions))
        raise RequestError(what)
    return functions[request.function]


REPLIES: dict[type, Callable[[Request, LegacyWork, Report], Reply]] = {TreePart: _tree}
"""What makes the reply to each part about a program; a part without a row is refused."""

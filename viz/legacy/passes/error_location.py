"""Find the place in the user's text that a lowering error is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tvm import tir

from viz.errors import LoweringError
from viz.legacy.functions import by_importance, function_of
from viz.legacy.parse import LegacyParsed
from viz.legacy.reflection import THREAD_BINDING
from viz.text import Span

THREADS = "threads-on-cpu"
"""The message about loops that are bound to threads, where there are none."""


def find(error: LoweringError, parsed: LegacyParsed, fails: Callable[[str], bool]) -> Span | None:
    """Return the place of what an error is about; None where none can be told.

    Parameters
    ----------
    fails
        Whether a function of the module, with those that it calls, fails in the same way.
    """
    return next(filter(None, _places(error, parsed, fails)), None)


def _places(
    error: LoweringError, parsed: LegacyParsed, fails: Callable[[str], bool]
) -> Iterator[Span | None]:
    names = by_importance(parsed.mod)
    if error.what.id == THREADS:
        for name in names:
            yield from map(parsed.user_span, _thread_loops(function_of(parsed.mod, name)))
    named = str(error.what.values.get("function", ""))
    if named in names:
        yield parsed.name_span(named)
    if len(names) == 1:
        yield parsed.name_span(names[0])
    else:
        yield from (parsed.name_span(name) for name in names if fails(name))


def _thread_loops(function: Any) -> list[Any]:
    """Return the loops and attributes that bind threads, outer ones first."""
    found: list[Any] = []

    def visit(node: Any) -> None:
        is_loop = isinstance(node, tir.For) and int(node.kind) == THREAD_BINDING
        if is_loop or (isinstance(node, tir.AttrStmt) and str(node.attr_key) == "thread_extent"):
            found.append(node)

    tir.stmt_functor.post_order_visit(function.body, visit)
    return found[::-1]

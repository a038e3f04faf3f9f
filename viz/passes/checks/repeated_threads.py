"""Warn of loops inside one another that are bound to the same thread axis: they count as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import tvm_ffi
from tvm import tirx

from viz.ir.parse import Parsed
from viz.ir.walker import occurrences
from viz.messages import message_of
from viz.model import Problem
from viz.passes.function_roles import THREAD_BINDING


def problems(parsed: Parsed) -> Iterator[Problem]:
    """Yield a warning for each inner loop, at its place.

    Virtual threads (``vthread.x``) are loops that each kernel runs through, and may be repeated.
    """
    if not any(map(_repeats, parsed.mod.functions.values())):
        return
    bound: list[Mapping[str, Any]] = []
    for node in occurrences(parsed.mod):
        around = bound[node.parent] if node.parent >= 0 else {}
        tag, variable = _axis(node.obj)
        outer = around.get(tag)
        if outer is not None and not outer.same_as(variable):
            what = message_of(
                "same-thread-twice", thread=tag, inner=str(variable.name), outer=str(outer.name)
            )
            place = parsed.user_span(node.obj.span)
            yield Problem(code="same-thread", severity="warning", what=what, span=place)
        bound.append({**around, tag: variable} if tag else around)


def _repeats(function: Any) -> bool:
    """Whether a function binds an axis more than once, inside one another or not."""
    if not isinstance(function, tirx.PrimFunc):
        return False
    statements: list[Any] = []
    callbacks = [(tirx.For, statements.append), (tirx.AttrStmt, statements.append)]
    tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    tags = [tag for tag, _ in map(_axis, statements) if tag]
    return len(set(tags)) < len(tags)


def _axis(node: Any) -> tuple[str, Any]:
    """Return the thread axis that a statement binds, empty if none, and its variable."""
    if isinstance(node, tirx.For) and node.kind == THREAD_BINDING:
        tag, variable = str(node.thread_binding.thread_tag), node.loop_var
    elif isinstance(node, tirx.AttrStmt) and node.attr_key == "thread_extent":
        tag, variable = str(node.node.thread_tag), node.node.var
    else:
        return "", None
    return (tag, variable) if tag.startswith(("threadIdx.", "blockIdx.")) else ("", None)

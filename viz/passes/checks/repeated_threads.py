"""Warn of loops inside one another that are bound to the same thread axis and used as two.

A loop that fills shared memory may be bound to the axis of the loop around it: the threads of that
one share its rounds. It does not use the outer loop's variable then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import tvm_ffi
from tvm import ir, tirx

from viz.ir.parse import Parsed
from viz.ir.walker import Occurrence, occurrences
from viz.messages import message_of
from viz.model import Problem
from viz.passes.function_roles import THREAD_BINDING, bindings


def problems(parsed: Parsed) -> Iterator[Problem]:
    """Yield a warning for each inner loop, at its place.

    Virtual threads (``vthread.x``) are loops that each kernel runs through, and may be repeated.
    """
    if not any(map(_repeats, parsed.mod.functions.values())):
        return
    bound: list[Mapping[str, Any]] = []
    nodes = occurrences(parsed.mod)
    for node in nodes:
        around = bound[node.parent] if node.parent >= 0 else {}
        tag, variable = _axis(node.obj)
        outer = around.get(tag)
        if (
            outer is not None
            and not outer.same_as(variable)
            and _uses_both(node, nodes, outer, variable)
        ):
            what = message_of(
                "same-thread-twice", thread=tag, inner=str(variable.name), outer=str(outer.name)
            )
            place = parsed.user_span(node.obj.span)
            yield Problem(code="same-thread", severity="warning", what=what, span=place)
        bound.append({**around, tag: variable} if tag else around)


def _uses_both(loop: Occurrence, nodes: list[Occurrence], outer: Any, inner: Any) -> bool:
    """Whether what is inside a loop depends on its own variable and on that of an outer one."""
    names = {outer.__chandle__(): {"outer"}, inner.__chandle__(): {"inner"}}
    used: set[str] = set()
    inside = {loop.id}
    for node in nodes:
        for variable, value in bindings(node.obj):
            here = {which for each in _variables(value) for which in names.get(each, ())}
            names.setdefault(variable.__chandle__(), set()).update(here)
        if node.parent in inside:
            inside.add(node.id)
            if isinstance(node.obj, ir.Var) and node.field != "loop_var":
                used |= names.get(node.handle, set())
    return used == {"outer", "inner"}


def _variables(value: Any) -> list[int]:
    return [each.handle for each in occurrences(value) if isinstance(each.obj, ir.Var)]


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

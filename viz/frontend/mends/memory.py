"""Mend where buffers are: too much static shared memory, scopes that a place cannot have."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from viz.frontend.mends.loops import Proposal
from viz.frontend.mends.place import INDENT, TextPlace, bodies, called, constants
from viz.frontend.syntax import dotted, span_of
from viz.messages import message_of
from viz.text import Patch, Span

DYNAMIC = "shared.dyn"


def dynamic_shared(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Give the shared buffers of a function dynamic shared memory, of which there is more."""
    function = place.function
    patches: list[Patch] = []
    for node in ast.walk(function) if function is not None else ():
        call = node.value if isinstance(node, ast.Assign) else None
        if not isinstance(call, ast.Call):
            continue
        name = dotted(call).rpartition(".")[2]
        if name == "alloc_shared":
            patches.append(place.replaced(call.func, "T.alloc_buffer"))
            end = span_of(call, place.text).end - 1
            patches.append(Patch(Span(end, end), f', scope="{DYNAMIC}"'))
        elif "alloc" in name:
            new = {"shared": DYNAMIC}
            patches += [place.replaced(n, f'"{to}"') for n, to in constants(call, new)]
    if patches:
        yield message_of("mend-dynamic"), patches


def without_scope(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Leave the scope of a buffer out where it is declared."""
    for call in ast.walk(place.statement):
        for keyword in call.keywords if isinstance(call, ast.Call) else ():
            value = keyword.value
            if keyword.arg != "scope" or getattr(value, "value", "") != values["scope"]:
                continue
            span = span_of(keyword, place.text)
            start = place.text.string.rindex(",", 0, span.start)
            yield message_of("mend-no-scope"), [Patch(Span(start, span.end), "")]


def close_scope(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Write the scope that a misspelt one is most like."""
    old, new = str(values["scope"]), str(values["close"])
    changed = [place.replaced(n, f'"{to}"') for n, to in constants(place.statement, {old: new})]
    yield message_of("mend-spelling", old=old, new=new), changed


def into_threads(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Move the declaration of a buffer into the loops over blocks, or over threads."""
    node = place.statement
    function = place.function
    if function is None or not place.stands_alone(node):
        return
    axis = "blockIdx." if str(values["scope"]).startswith("shared") else "threadIdx."
    inside = _innermost(function, ("blockIdx.",) if axis == "blockIdx." else ("blockIdx.", axis))
    if inside is None:
        return
    lines = place.lines(node)
    text = place.text.slice(lines).rstrip("\n")
    indent = place.indent(inside)
    if isinstance(inside, ast.For):
        at, indent = place.lines(inside.body[0]).start, indent + INDENT
        indent = place.indent(inside.body[0])
    else:
        at = place.lines(inside).end
    moved = "\n".join(indent + line.strip() for line in text.splitlines())
    title = message_of("mend-move", buffer=values["buffer"], axis=axis.rstrip("."))
    yield title, [Patch(lines, ""), Patch(Span(at, at), f"{moved}\n")]


def _innermost(function: ast.FunctionDef, kinds: tuple[str, ...]) -> ast.stmt | None:
    """Return the last of the loops and launches over these axes that stand in one another."""
    found: ast.stmt | None = None
    statements = [function.body]
    while statements:
        nodes = statements.pop(0)
        for node in nodes:
            if _binds(node, kinds):
                found = node
                statements = bodies(node) if isinstance(node, ast.For) else statements
                if isinstance(node, ast.For):
                    break
        else:
            if found is None:
                statements += [body for node in nodes for body in bodies(node)]
    return found


def _binds(node: ast.stmt, kinds: tuple[str, ...]) -> bool:
    call = getattr(node, "iter", None) or getattr(node, "value", None)
    binding = called(call, "thread_binding") or called(call, "launch_thread")
    return binding is not None and any(
        isinstance(each, ast.Constant) and str(each.value).startswith(kinds)
        for each in ast.walk(binding)
    )

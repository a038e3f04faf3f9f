"""Rewrite plain loops of a function as blocks, which TVM's default GPU schedule needs.

Only what is the same program for certain is rewritten: nests of loops around one store, of which
every iteration writes an element of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from viz.errors import VizError
from viz.frontend.program import read
from viz.frontend.syntax import dotted, span_of
from viz.text import Patch, Patched, Span, Text

_LOOPS = ("grid", "serial")
_DEEPER = "    "


class _Nest(NamedTuple):
    """Loops around one store: their variables, outer ones first, and the store."""

    variables: tuple[str, ...]
    store: ast.Assign
    buffer: str


def with_blocks(text: str, function: str) -> str | None:
    """Return a text in which the loops of a function are blocks.

    Returns
    -------
    The text, and None where it is not certain that it would be the same program, or where the
    function has anything but loops around stores.
    """
    try:
        tree = read(text).tree()
    except VizError:
        return None
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == function
    ]
    if len(found) != 1 or len(found[0].decorator_list) != 1:
        return None
    (definition,) = found
    decorator = definition.decorator_list[0]
    namespace, _, name = dotted(decorator).rpartition(".")
    if name != "prim_func" or not namespace:
        return None
    nests = _nests(definition, namespace)
    used = {node.id for node in ast.walk(definition) if isinstance(node, ast.Name)}
    if not nests or any(f"v{each}" in used for nest in nests for each in nest.variables):
        return None
    lines = Text(text)
    try:
        patches = [_marked(decorator, lines), *_blocks(nests, namespace, lines)]
    except _NotCertainError:
        return None
    return Patched(text, patches).string


class _NotCertainError(Exception):
    """The text is written in a way that is not rewritten."""


def _nests(definition: ast.FunctionDef, namespace: str) -> list[_Nest] | None:
    """Return the nests of a function; None where there is anything else in it."""
    nests = []
    for statement in definition.body:
        if isinstance(statement, ast.For):
            nest = _nest(statement, namespace)
            if nest is None:
                return None
            nests.append(nest)
        elif not _declares(statement, namespace):
            return None
    return nests


def _declares(statement: ast.stmt, namespace: str) -> bool:
    """Return whether a statement computes nothing: text, attributes, a parameter's buffer."""
    if not isinstance(statement, ast.Expr | ast.Assign):
        return False
    value = statement.value
    if isinstance(statement, ast.Expr) and isinstance(value, ast.Constant):
        return True
    member = "func_attr" if isinstance(statement, ast.Expr) else "match_buffer"
    return isinstance(value, ast.Call) and dotted(value) == f"{namespace}.{member}"


def _nest(loop: ast.For, namespace: str) -> _Nest | None:
    variables: list[str] = []
    body: ast.stmt = loop
    while isinstance(body, ast.For):
        names = _variables(body, namespace)
        extents = body.iter.args if isinstance(body.iter, ast.Call) else []
        if not names or len(body.body) != 1 or body.orelse or _names(*extents) & {*variables}:
            return None
        variables += names
        body = body.body[0]
    if len({*variables}) < len(variables) or not isinstance(body, ast.Assign):
        return None
    buffer = _written(body, variables)
    return _Nest(tuple(variables), body, buffer) if buffer else None


def _variables(loop: ast.For, namespace: str) -> list[str]:
    """Return the variables of a serial loop from 0; none for any other loop."""
    call, target = loop.iter, loop.target
    if not isinstance(call, ast.Call) or call.keywords:
        return []
    member = dotted(call)
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    if member not in ("range", *(f"{namespace}.{loop}" for loop in _LOOPS)):
        return []
    many = member == f"{namespace}.grid"
    if len(call.args) != len(names) or (len(names) != 1 and not many):
        return []
    found = [name.id for name in names if isinstance(name, ast.Name)]
    return found if len(found) == len(names) else []


def _written(store: ast.Assign, variables: list[str]) -> str:
    """Return the buffer of a store that writes another element in each iteration; else nothing."""
    (target,) = store.targets if len(store.targets) == 1 else (None,)
    if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Name):
        return ""
    index = target.slice
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    names = [part.id for part in parts if isinstance(part, ast.Name)]
    constants = sum(isinstance(part, ast.Constant) for part in parts)
    if sorted(names) != sorted(variables) or len(names) + constants != len(parts):
        return ""
    for node in ast.walk(store.value):
        if isinstance(node, ast.Name) and node.id == target.value.id:
            return (
                ""  # unless it is read at this very element, another iteration may have written it
            )
    return target.value.id


def _names(*nodes: ast.expr) -> set[str]:
    return {inner.id for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.Name)}


# ---------------------------------------------------------------- edits


def _marked(decorator: ast.expr, lines: Text) -> Patch:
    """Return the edit that lets a function have blocks."""
    span = span_of(decorator, lines)
    if not isinstance(decorator, ast.Call):
        return Patch(Span(span.end, span.end), "(s_tir=True)")
    if decorator.args or any(keyword.arg in (None, "s_tir") for keyword in decorator.keywords):
        raise _NotCertainError
    start = span_of(decorator.func, lines).end
    at = lines.string.index("(", start) + 1
    return Patch(Span(at, at), "s_tir=True, " if decorator.keywords else "s_tir=True")


def _blocks(nests: list[_Nest], namespace: str, lines: Text) -> Iterator[Patch]:
    seen: dict[str, int] = {}
    for nest in nests:
        count = seen[nest.buffer] = seen.get(nest.buffer, 0) + 1
        name = nest.buffer if count == 1 else f"{nest.buffer}_{count}"
        store = span_of(nest.store, lines)
        begin = lines.string.rfind("\n", 0, store.start) + 1
        margin = lines.string[begin : store.start]
        if margin.strip():  # it stands behind its loop
            raise _NotCertainError
        axes = ", ".join(f"v{variable}" for variable in nest.variables)
        kinds = "S" * len(nest.variables)
        newline = "\r\n" if lines.string[:begin].endswith("\r\n") else "\n"
        head = (
            f'with {namespace}.sblock("{name}"):{newline}{margin}{_DEEPER}{axes} = '
            f'{namespace}.axis.remap("{kinds}", [{", ".join(nest.variables)}]){newline}'
            f"{margin}{_DEEPER}"
        )
        yield Patch(Span(store.start, store.start), head)
        at = lines.string.find("\n", store.start, store.end)
        while at >= 0:
            yield Patch(Span(at + 1, at + 1), _DEEPER)
            at = lines.string.find("\n", at + 1, store.end)
        for node in ast.walk(nest.store):
            if isinstance(node, ast.Name) and node.id in nest.variables:
                yield Patch(span_of(node, lines), f"v{node.id}")

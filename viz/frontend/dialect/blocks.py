"""Find blocks as they were written in 2021: ``with T.block([8], "b") as [vi]:``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.proposal import Proposal
from viz.text import Patch, Span

KINDS = {"reduce_axis": "reduce", "scan_axis": "scan", "opaque_axis": "opaque", "range": "spatial"}
"""Today's member of ``T.axis`` for each way to give an axis its domain."""


class Axis(NamedTuple):
    """An axis of a block: its variable, its kind, and its domain as text."""

    name: str
    kind: str
    domain: str
    begin: str
    end: str


def block(node: ast.With, context: SpellingContext) -> Iterator[Proposal]:
    """Find blocks that list their axes, and ``as []``."""
    call = node.items[0].context_expr if len(node.items) == 1 else None
    if not isinstance(call, ast.Call) or context.member(call) not in ("block", "sblock"):
        return
    variables, extents = node.items[0].optional_vars, context.argument(call, 0, "axes")
    if not isinstance(extents, ast.List | ast.Tuple) and variables is None:
        return
    axes = _axes(extents, variables, context)
    if axes is None or node.body[0].lineno == node.lineno:
        return
    name = context.argument(call, 1, "name_hint")
    if name is None and isinstance(extents, ast.Constant):
        name = extents
    head = f"with T.sblock({context.source(name) if name is not None else chr(34) * 2}):"
    start = context.span(node).start
    last = variables if variables is not None else call
    span = Span(start, context.text.string.index(":", context.span(last).end) + 1)
    binds = _binds(node, context)
    if binds or not axes:
        pieces = [Patch(span, head), *_bound(axes, binds, context)]
        yield Proposal(span, head, tuple(pieces))
        return
    loops = _loops(node, context)
    body = "\n" + " " * node.body[0].col_offset
    if len(loops) == len(axes):
        lines = (_definition(axis, loop) for axis, loop in zip(axes, loops, strict=True))
        yield Proposal(span, head + body + body.join(lines))
    elif not loops:
        yield _with_loops(node, span, head, axes, context)


def _axes(
    extents: ast.expr | None, variables: ast.expr | None, context: SpellingContext
) -> list[Axis] | None:
    """Return the axes of a block; None where they are not as many as the variables."""
    single = [variables] if isinstance(variables, ast.Name) else []
    names = [context.source(v) for v in getattr(variables, "elts", single)]
    domains = extents.elts if isinstance(extents, ast.List | ast.Tuple) else []
    if len(names) != len(domains):
        return None
    return [_axis(name, domain, context) for name, domain in zip(names, domains, strict=True)]


def _axis(name: str, domain: ast.expr, context: SpellingContext) -> Axis:
    kind = KINDS.get(context.member(domain)) if isinstance(domain, ast.Call) else None
    if kind is None or not isinstance(domain, ast.Call) or len(domain.args) != 2:
        extent = context.todays_source(domain)
        return Axis(name, "spatial", extent, "0", extent)
    begin, end = (context.todays_source(argument) for argument in domain.args)
    return Axis(name, kind, end if begin == "0" else f"({begin}, {end})", begin, end)


def _binds(node: ast.With, context: SpellingContext) -> list[tuple[ast.Expr, ast.Call]]:
    """Return the statements ``T.bind(vi, i)`` of a block."""
    calls = (
        (statement, statement.value)
        for statement in node.body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    )
    return [
        (statement, call)
        for statement, call in calls
        if context.member(call) == "bind" and len(call.args) == 2
    ]


def _bound(
    axes: list[Axis], binds: list[tuple[ast.Expr, ast.Call]], context: SpellingContext
) -> Iterator[Patch]:
    """Yield patches that turn each ``T.bind`` into the definition of an axis, in their order."""
    values = {context.source(call.args[0]): call.args[1] for _, call in binds}
    for axis, (statement, call) in zip(axes, binds, strict=False):
        span = context.span(statement)
        if context.source(call.args[0]) == axis.name:
            value = context.span(call.args[1])
            before = f"{axis.name} = T.axis.{axis.kind}({axis.domain}, "
            yield Patch(Span(span.start, value.start), before)
            yield Patch(Span(value.end, span.end), ")")
        elif axis.name in values:
            yield Patch(span, _definition(axis, context.todays_source(values[axis.name])))


def _definition(axis: Axis, value: str) -> str:
    return f"{axis.name} = T.axis.{axis.kind}({axis.domain}, {value})"


def _loops(node: ast.With, context: SpellingContext) -> list[str]:
    """Return the variables of the loops around a block, up to the next block, from the outside."""
    names: list[str] = []
    for outer in context.above(node):
        if isinstance(outer, ast.With) and context.member(outer.items[0].context_expr) in (
            "block",
            "sblock",
        ):
            break
        if isinstance(outer, ast.For):
            targets = getattr(outer.target, "elts", [outer.target])
            names = [context.source(target) for target in targets] + names
    return names


def _with_loops(
    node: ast.With, span: Span, head: str, axes: list[Axis], context: SpellingContext
) -> Proposal:
    """Propose loops around a block that had none: TVM of 2021 made them itself."""
    loops = [context.fresh(f"i_{axis.name}") for axis in axes]
    outer, inner = (" " * (node.col_offset + more) for more in (4, 8))
    domains = ", ".join(a.end if a.begin == "0" else f"{a.end} - {a.begin}" for a in axes)
    lines = [f"for {', '.join(loops)} in T.grid({domains}):", outer + head]
    for axis, loop in zip(axes, loops, strict=True):
        value = loop if axis.begin == "0" else f"{loop} + {axis.begin}"
        lines.append(inner + _definition(axis, value))
    if node.body[0].col_offset != node.col_offset + 4:
        return Proposal(span, head)
    text, first = context.text, context.text.position(span.end).line
    moves = [
        Patch(Span(start, start), "    ")
        for line in range(first + 1, (node.end_lineno or first) + 1)
        if text.line(line).strip() and (start := text.line_span(line).start + node.col_offset)
    ]
    return Proposal(span, "\n".join(lines), moves=tuple(moves))

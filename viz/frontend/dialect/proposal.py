"""Propose to replace pieces of the user's text, for the rules for older spellings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from viz.frontend.dialect.context import SpellingContext
from viz.messages import Message
from viz.text import Patch, Span


class Proposal(NamedTuple):
    """A proposal to replace the text of ``span`` by ``new``.

    ``pieces`` are its patches where parts of the old text stay, which other rules may change.
    ``moves`` are patches that unindent the body of a statement that goes, or indent one.
    ``note`` and ``until`` are those of the rule when they are None or empty.
    """

    span: Span
    new: str
    pieces: tuple[Patch, ...] = ()
    moves: tuple[Patch, ...] = ()
    note: Message | None = None
    until: str = ""

    @property
    def patches(self) -> tuple[Patch, ...]:
        """The patches without ``moves``."""
        return self.pieces or (Patch(self.span, self.new),)


def keeping(span: Span, before: str, kept: ast.expr, context: SpellingContext) -> Proposal:
    """Propose ``before`` and an expression inside ``span``, which stays as it is, for ``span``."""
    inner, after = context.span(kept), ""
    if "\n" in context.source(kept) and not isinstance(kept, ast.Call):
        before, after = f"{before}(", ")"
    pieces = (Patch(Span(span.start, inner.start), before), Patch(Span(inner.end, span.end), after))
    return Proposal(
        span,
        before + context.source(kept) + after,
        tuple(piece for piece in pieces if piece.new or piece.span.start < piece.span.end),
    )


def attribute_span(node: ast.Attribute, context: SpellingContext) -> Span:
    """Return the span of the name behind the last dot."""
    end = context.span(node).end
    return Span(end - len(node.attr), end)


def replacing_binding(
    node: ast.AST, context: SpellingContext, new: str, kept: ast.expr | None = None
) -> Iterator[Proposal]:
    """Replace an assignment or a call, or the head of a ``with`` whose body is then unindented.

    ``kept`` is an expression of the old text that follows ``new``.
    """

    def proposal(span: Span) -> Proposal:
        return Proposal(span, new) if kept is None else keeping(span, new, kept, context)

    if isinstance(node, ast.Assign | ast.Expr):
        yield proposal(context.span(node))
        return
    assert isinstance(node, ast.With)
    first, text = node.body[0], context.text
    if first.lineno == node.lineno:
        return
    bound = node.items[0].optional_vars or node.items[0].context_expr
    colon = text.string.index(":", context.span(bound).end)
    shift = first.col_offset - node.col_offset
    body: list[Patch] = []
    last = node.end_lineno or first.lineno
    for line in range(text.position(colon).line + 1, last + 1):
        if not text.line(line)[: first.col_offset].strip():
            span = text.line_span(line)
            start = min(span.start + node.col_offset, span.end)
            body.append(Patch(Span(start, min(start + shift, span.end)), ""))
    moved = tuple(patch for patch in body if patch.span.start < patch.span.end)
    yield proposal(Span(context.span(node).start, colon + 1))._replace(moves=moved)

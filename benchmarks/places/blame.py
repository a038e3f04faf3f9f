"""Tell whether the place of a problem is right for a mistake that was made in a known line.

The right place is the line of the mistake, or where what the line gave is missed: a use of a name
that it defines, the declaration of a buffer that it stores into, the body of a header that is gone,
the header of a body that is gone, the bracket that it closes.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from viz.text import Span, Text

AT_LINE, MISSED, ELSEWHERE, NOWHERE = "at the line", "where it is missed", "elsewhere", "no place"

HEADERS = ast.With | ast.For | ast.If | ast.While | ast.FunctionDef | ast.ClassDef
"""Statements with a body."""


def place_of(span: Span | None, original: str, text: str, line: int) -> tuple[str, int]:
    """Return which kind of place a problem has, and its 1-based line, 0 where it has none.

    Parameters
    ----------
    span
        The place in the text.
    original
        The text without the mistake; the lines of both have the same numbers.
    line
        The line of the mistake.
    """
    if span is None:
        return NOWHERE, 0
    place = Text(text).position(span.start).line
    statements = [node for node in ast.walk(ast.parse(original)) if isinstance(node, ast.stmt)]
    if place == line or _one_statement(statements, {place, line}):
        return AT_LINE, place
    words = set(re.findall(r"\w+", Text(text).line(place) + text[span.start : span.end]))
    if words & set(_defined(statements, line)):
        return MISSED, place
    if Text(text).line(line).strip():
        return ELSEWHERE, place
    missed = place in _around(statements, line) or place in _opened(original, line)
    return (MISSED if missed else ELSEWHERE), place


def _one_statement(statements: list[ast.stmt], lines: set[int]) -> bool:
    """Return whether a statement without a body has all of the lines."""
    return any(
        lines <= {*range(node.lineno, (node.end_lineno or 0) + 1)}
        for node in statements
        if not isinstance(node, HEADERS)
    )


def _defined(statements: list[ast.stmt], line: int) -> Iterator[str]:
    """Yield the names that a line binds or stores into: variables, parameters, buffers."""
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.arg) and node.lineno == line:
                yield node.arg
            if isinstance(node, ast.Subscript | ast.Name) and isinstance(node.ctx, ast.Store):
                target = node.value if isinstance(node, ast.Subscript) else node
                if isinstance(target, ast.Name) and target.lineno == line:
                    yield target.id


def _around(statements: list[ast.stmt], line: int) -> set[int]:
    """Return the lines where a header or a whole body is missed that is gone with a line."""
    places: set[int] = set()
    for node in statements:
        if not isinstance(node, HEADERS):
            continue
        for body in (node.body, getattr(node, "orelse", [])):
            if not body:
                continue
            decorators = getattr(body[0], "decorator_list", [])
            first = min(each.lineno for each in (body[0], *decorators))
            last = body[-1].end_lineno or 0
            if body is node.body and node.lineno <= line < first:
                places |= {*range(first, last + 1)}
            elif first == last == line:
                places |= {node.lineno, line - 1}
    return places


def _opened(text: str, line: int) -> set[int]:
    """Return the lines of the brackets that a line closes."""
    waiting: list[int] = []
    opened = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.OP and token.string in "([{":
            waiting.append(token.start[0])
        elif token.type == tokenize.OP and token.string in ")]}":
            start = waiting.pop()
            if token.start[0] == line:
                opened.add(start)
    return opened

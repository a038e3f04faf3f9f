"""Find the functions of a module's text by its lines, also where the text cannot be parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from viz.text import Span

_HEAD = re.compile(
    r"^([ \t]*)@[\w.]*(?:prim_func|function)\b[^\n]*\n(?:\1@[^\n]*\n){0,8}\1def[ \t]+(\w+)",
    re.MULTILINE,
)
"""A function with its decorators: ``@T.prim_func``, ``@R.function``."""

_MEMBERS = re.compile(r"\b\w+\.(\w+)")


class FoundFunction(NamedTuple):
    """A function in a text: its name, and its lines as a span in code points."""

    name: str
    span: Span


def functions_of(text: str) -> list[FoundFunction]:
    """Return the functions of a text in its order, without those inside of others.

    A function ends before the next line that is not further to the right than its head. One in a
    parenthesis that was left open in the head is part of it: formatters put it there.
    """
    found: list[FoundFunction] = []
    end = 0
    for head in _HEAD.finditer(text):
        if head.start() < end:
            continue
        end = _end_of(text, head.end(), len(head[1]))
        found.append(FoundFunction(head[2], Span(head.start(), end)))
    return found


def part_of(text: str, function: str) -> Span | None:
    """Return the lines of a function of a text; None where it has no such function."""
    for found in functions_of(text):
        if found.name == function:
            return found.span
    return None


def reduced(text: str, function: str) -> str:
    """Return a module's text with a function and those it names alone; the same text without it.

    The others become empty lines, so that lines keep their numbers. What is read is then as short
    as the function, however long the module is.
    """
    found = functions_of(text)
    places = {each.name: each.span for each in reversed(found)}
    if function not in places:
        return text
    waiting, kept = [function], {function}
    while waiting:
        span = places[waiting.pop()]
        named = {*_MEMBERS.findall(text, span.start, span.end)} & places.keys() - kept
        kept |= named
        waiting += named
    pieces, end = [], 0
    for each in found:
        pieces.append(text[end : each.span.start])
        body = text[each.span.start : each.span.end]
        is_kept = each.name in kept and each.span == places[each.name]
        pieces.append(body if is_kept else "\n" * body.count("\n"))
        end = each.span.end
    return "".join([*pieces, text[end:]])


def _end_of(text: str, start: int, margin: int) -> int:
    end = start
    for line_start, line in _lines(text, start):
        words = line.strip()
        indent = len(line) - len(line.lstrip(" \t"))
        if words and indent <= margin and not words.startswith((")", "#")):
            return end
        if words:
            end = line_start + len(line)
    return end


def _lines(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield the offset and the text of each line below that of an offset."""
    start = text.find("\n", start) + 1 or len(text)
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        start = end + 1

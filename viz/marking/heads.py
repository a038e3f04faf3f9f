"""Find a function in a text: its head, its end, and its declarations around it.

No statement is there to mark, so these are found by what codegens write for a function: a
declaration ahead of its definition (C, CUDA, OpenCL), a struct of scalar arguments (Metal, WGSL).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from viz.marking.align import LINKAGE
from viz.marking.brackets import after_block

COMMENT = re.compile(r"^//[^\n]*\n\s*", re.M)
HEAD = re.compile(r"[^;{}]*\)[^;{}]*\{")
"""What follows the name of a function where it is defined, up to its body."""


class FunctionText(NamedTuple):
    """A function of a text.

    Attributes
    ----------
    places
        Where it stands, half-open: its definition first, then its declarations.
    outside
        Of WGSL, the text in front of it in which its buffers are declared; else empty.
    """

    places: list[tuple[int, int]]
    outside: tuple[int, int] = (0, 0)


def function_text(text: str, name: str, written: Sequence[tuple[int, int]]) -> FunctionText:
    """Find a function of a text.

    Parameters
    ----------
    name
        Its name; a codegen may put something before.
    written
        The places of the marks inside it; none where it writes nothing.
    """
    if written:
        first, last = min(start for start, _ in written), max(end for _, end in written)
        heads = list(re.finditer(rf"\b\w*{re.escape(name)}\s*\(", text[:first]))
    else:  # a function that does nothing: its definition is the one with a brace
        heads = list(re.finditer(rf"\b\w*{re.escape(name)}\s*\(", text))
        while heads and not HEAD.match(text, heads[-1].end()):
            heads.pop()
        last = text.find("{", heads[-1].end()) + 1 if heads else 0
    if not heads:
        return FunctionText([])
    begin = text.rfind("\n", 0, heads[-1].start()) + 1
    outside = (0, 0)
    if text[begin:].startswith("fn "):
        comments = [each.end() for each in COMMENT.finditer(text, 0, begin)]
        begin = comments[-1] if comments else begin
        outside = begin, heads[-1].start()
    end = _ending(text, last) or after_block(text, text.find("{", heads[-1].end()))
    if end is None:
        return FunctionText([], outside)
    places = [(_linked(text, begin), end)]
    for head in heads[:-1]:
        start, stop = text.rfind("\n", 0, head.start()) + 1, text.find("\n", head.end())
        if text[start:stop].endswith(");") and not text[start].isspace():
            places.append((_linked(text, start), stop))
    structs = re.finditer(rf"^struct {re.escape(name)}_args_t \{{[^}}]*\}};", text, re.M)
    places += [match.span() for match in structs]
    return FunctionText(places, outside)


def _linked(text: str, start: int) -> int:
    """Return where a declaration at an offset begins, its linkage lines included."""
    return start - len(LINKAGE) * text.endswith(LINKAGE, 0, start)


def _ending(text: str, last: int) -> int | None:
    """Return where a function ends whose last statement ends there, if only its brace is left."""
    brace = text.find("\n}", last)
    return None if brace < 0 or text[last:brace].strip() else brace + 2

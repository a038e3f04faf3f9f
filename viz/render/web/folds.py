"""Find the lines of an emission to fold away at first: argument checks, and boilerplate.

A C function of four lines comes with a hundred that check its arguments; a CUDA file begins with
fifty that every CUDA file has, which no node wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Literal, NamedTuple

from viz.model import Emission, Origins, Tree
from viz.provenance.coverage import PROLOGUE
from viz.text import Text

FEWEST = 5
"""Lines that are worth folding."""

FoldKind = Literal["checks", "unwritten"]


class Fold(NamedTuple):
    """A run of lines: the first (1-based), how many, and what they are."""

    first: int
    lines: int
    what: FoldKind


def folds(
    emission: Emission, origins: Origins | None = None, final: Tree | None = None
) -> tuple[Fold, ...]:
    """Return the runs of lines to fold, in order and disjoint.

    ``checks`` are lines of which every character was written by nodes that MakePackedAPI made, and
    need ``origins``; ``unwritten`` those before the first and after the last line with a mark.
    """
    if not emission.marks:
        return ()
    kinds = _kinds(emission, origins, final)
    written = [line for line, kind in enumerate(kinds, 1) if kind in ("checks", "other")]
    runs = [
        Fold(1, written[0] - 1, "unwritten"),
        *_runs(kinds),
        Fold(written[-1] + 1, len(kinds) - written[-1], "unwritten"),
    ]
    return tuple(run for run in runs if run.lines >= FEWEST)


def _runs(kinds: list[str]) -> Iterator[Fold]:
    """Yield the runs of checks; empty lines belong to what surrounds them."""
    line = 1
    for kind, group in groupby(_filled(kinds)):
        count = len(list(group))
        if kind == "checks":
            yield Fold(line, count, "checks")
        line += count


def _filled(kinds: list[str]) -> Iterator[str]:
    """Yield the kinds, an empty line between two of one kind being of that kind."""
    after = ""
    next_kinds = []
    for kind in reversed(kinds):
        after = after if kind == "empty" else kind
        next_kinds.append(after)
    before = ""
    for kind, after in zip(kinds, reversed(next_kinds), strict=True):
        before = before if kind == "empty" and before == after else kind
        yield before


def _kinds(emission: Emission, origins: Origins | None, final: Tree | None) -> list[str]:
    """Return what each line is: ``empty``, ``checks``, ``unwritten`` or ``other``."""
    text = emission.text
    checking = {
        node
        for node in {mark.node for mark in emission.marks}
        if origins is not None and origins.maker(node) == PROLOGUE
        if final is None or final.nodes[node].kind != "func"
    }
    # A byte a character: texts are long.
    owners = bytearray(_UNWRITTEN * len(text))
    for mark in emission.marks:  # outer ones first
        kind = _CHECKS if mark.node in checking else _OTHER
        owners[mark.start : mark.end] = kind * (mark.end - mark.start)
    non_blank = text.encode("latin-1", "replace").translate(_NON_BLANK)
    owned = (int.from_bytes(owners) & int.from_bytes(non_blank)).to_bytes(len(text))
    lines = Text(text)
    line_kinds = []
    for number in range(1, lines.line_count + 1):
        span = lines.line_span(number)
        if number > 1 and span.start == len(text):
            break  # a line break at the end starts no line
        kinds = {*owned[span.start : span.end]} - {0}
        line_kinds.append(_KINDS.get(frozenset(kinds), "other"))
    return line_kinds


_UNWRITTEN, _CHECKS, _OTHER = b"\1", b"\2", b"\3"
_NON_BLANK = bytes(0 if chr(code).isspace() else 255 for code in range(256))
_KINDS = {frozenset(): "empty", frozenset(_UNWRITTEN): "unwritten", frozenset(_CHECKS): "checks"}

"""Find the lines of an emission to fold away at first: argument checks, and boilerplate.

A C function of four lines comes with a hundred that check its arguments; a CUDA file begins with
fifty that every CUDA file has, which no node wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import groupby
from typing import Literal, NamedTuple

from viz.model import Emission, Origins, Tree
from viz.provenance.coverage import PROLOGUES
from viz.text import Text

FEWEST = 5
"""Lines that are worth folding."""

_LINKAGE = ("#ifdef __cplusplus", 'extern "C"', "#endif")
_LOW = {"llvm": "}", "asm": ".cfi_endproc"}
"""Languages in which a node has few characters to itself, and how they end a function."""

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
    need ``origins``; in LLVM IR and assembly, of which most lines are no node's own, also those
    between two of them. ``unwritten`` are those before the first and after the last line with a
    mark, and with them the declarations of functions that are defined below.
    """
    if not emission.marks:
        return ()
    kinds = _kinds(emission, origins, final)
    for line in _declarations(emission.text):
        kinds[line] = "unwritten"
    written = [line for line, kind in enumerate(kinds, 1) if kind in ("checks", "other")]
    runs = [
        Fold(1, written[0] - 1, "unwritten"),
        *(_low_runs(kinds, emission) if emission.language in _LOW else _runs(kinds, {"empty"})),
        Fold(written[-1] + 1, len(kinds) - written[-1], "unwritten"),
    ]
    return tuple(run for run in runs if run.lines >= FEWEST)


def _declarations(text: str) -> Iterator[int]:
    """Yield the lines (from 0) that declare a function which a later line begins to define.

    With them come the lines that give functions the linkage of C.
    """
    lines = text.split("\n")
    defined = {line.removesuffix(" {"): number for number, line in enumerate(lines)}
    for number, line in enumerate(lines):
        if line.endswith(");") and defined.get(line.removesuffix(";"), -1) > number:
            yield number
        if line == _LINKAGE[0] and tuple(lines[number : number + 3]) == _LINKAGE:
            yield from range(number, number + 3)


def _runs(kinds: list[str], between: AbstractSet[str]) -> Iterator[Fold]:
    """Yield the runs of checks; lines of kinds ``between`` belong to what surrounds them."""
    line = 1
    for kind, group in groupby(_filled(kinds, between)):
        count = len(list(group))
        if kind == "checks":
            yield Fold(line, count, "checks")
        line += count


def _low_runs(kinds: list[str], emission: Emission) -> Iterator[Fold]:
    """Yield the runs of checks of LLVM IR or assembly, and the functions behind each of them."""
    lines, end_of_function = emission.text.split("\n"), _LOW[emission.language]
    for run in _runs(kinds, {"empty", "unwritten"}):
        yield run
        after = run.first - 1 + run.lines
        end = next((i for i in range(after, len(kinds)) if kinds[i] in ("checks", "other")), after)
        ends = [i for i in range(after, end) if lines[i].strip() == end_of_function]
        if ends:  # without, what follows are lines of the function in which the node stands
            # The function of the next node begins behind the last empty line.
            until = max(i for i in range(after, end) if i == ends[-1] + 1 or kinds[i] == "empty")
            yield Fold(after + 1, until - after, "unwritten")


def _filled(kinds: list[str], between: AbstractSet[str]) -> Iterator[str]:
    """Yield the kinds, a line of one ``between`` two of one other kind being of that kind."""
    after = ""
    next_kinds = []
    for kind in reversed(kinds):
        after = after if kind in between else kind
        next_kinds.append(after)
    before = ""
    for kind, after in zip(kinds, reversed(next_kinds), strict=True):
        before = before if kind in between and before == after else kind
        yield before


def _kinds(emission: Emission, origins: Origins | None, final: Tree | None) -> list[str]:
    """Return what each line is: ``empty``, ``checks``, ``unwritten`` or ``other``."""
    text = emission.text
    checking = {
        node
        for node in {mark.node for mark in emission.marks}
        if origins is not None and origins.maker(node) in PROLOGUES
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

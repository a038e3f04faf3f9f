"""Elide runs of clones from a marked text and from the unmarked one.

A run is clones that follow on one another; it bears one mark. A clone has as many lines as its
representative, so its place in the unmarked text is found by counting lines. Most clones are not
even written in the marked text. Then what follows them is named otherwise where a codegen counts
names; if that cannot be put right, the clones are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from tvm import tirx

from viz.codegen.marks.clones.groups import CloneGroup
from viz.codegen.marks.temporary_values import TEMPORARY
from viz.ir.walker import Occurrence
from viz.marking.align import BLANK, Placed, edge

TEMPORARIES = re.compile(rf"\b(?:{TEMPORARY.pattern})\b", re.ASCII)

Runs = dict[int, list[tuple[int, int]]]
"""The clones of a run, each with its representative, by the first of them."""


def runs(nodes: list[Occurrence], groups: Iterable[CloneGroup]) -> Runs:
    """Return the runs of clones in a function.

    Parameters
    ----------
    nodes
        All nodes of the function, in pre-order.
    groups
        Its groups of clones.
    """
    found: Runs = {}
    first, run, after, around = nodes[0].id, -1, -1, -1
    clones = ((n, group.ids[0], group.size) for group in groups for n in group.clones)
    for number, representative, size in sorted(clones):
        parent = nodes[number - first].parent
        # Elsewhere something may be written between two that follow on one another.
        if number != after or parent != around or not _is_sequence(nodes[parent - first]):
            run = number
            found[run] = []
        found[run].append((number, representative))
        after, around = number + size, parent
    return found


class Elision(NamedTuple):
    """A marked text without clones, and where they stand in the unmarked text.

    Attributes
    ----------
    marked
        The marked text, in which ``BLANK`` stands for each clone.
    clones
        Where the clones stand in the unmarked text.
    cuts
        Where all that is elided stands in it.
    """

    marked: str
    clones: Placed
    cuts: list[tuple[int, int]]


def elide(marked: str, prefix: str, text: str, runs: Runs, *, only_needed: bool) -> Elision:
    """Elide clones from a marked text, and find them in the unmarked one.

    There they are found by counting lines: each has those of its representative. If the clones
    have been written in the marked text, the lines of a run are known, and the clones of one with
    others than that have no place.

    Parameters
    ----------
    only_needed
        Whether only those clones have been written that others need.
    """
    if not runs:
        return Elision(marked, [], [])
    pieces = _Pieces(marked, prefix, runs)
    lines = text.split("\n")
    starts = [*accumulate((len(line) + 1 for line in lines), initial=0)]

    def place(first: int, count: int) -> tuple[int, int]:
        indent = len(lines[first]) - len(lines[first].lstrip(" "))  # a name may begin with others
        return starts[first] + indent, starts[first + count] - 1

    placed: Placed = []
    cuts: list[tuple[int, int]] = []
    elided_lines = 0
    for number, before, written in pieces.runs:
        at = before + elided_lines
        # A representative that wrote nothing has no lines.
        clones = [(clone, pieces.lines.get(original, 0)) for clone, original in runs[number]]
        clones = [(clone, count) for clone, count in clones if count]
        count = sum(count for _, count in clones) if only_needed else written
        elided_lines += count
        if at + count >= len(lines):
            break  # the two texts have little in common
        if sum(count for _, count in clones) != count:
            clones = [(-1, count)]
        for clone, count in clones:
            cuts.append(place(at, count))
            if clone >= 0:
                placed.append((*cuts[-1], clone))
            at += count
        pieces.blank(number, len(clones))
    return Elision(pieces.text(), placed, cuts)


class _Pieces:
    """A marked text without its runs, and the lines that were counted in it.

    Attributes
    ----------
    lines
        How many lines a statement has before the first statement inside it.
    runs
        The number of each run, how many lines stand before it outside of runs, and its own.
    """

    def __init__(self, marked: str, prefix: str, runs: Runs) -> None:
        pieces = edge(prefix).split(marked)
        self._kept = pieces[:1]
        self._slots: dict[int, int] = {}
        self.lines: dict[int, int] = {}
        self.runs: list[tuple[int, int, int]] = []
        before = pieces[0].count("\n")
        for sign, digits, piece in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
            lines = piece.count("\n") - 1  # the first one ends the mark's own
            number = int(digits)
            self._kept += f'"{prefix}{sign}{digits}";', piece
            if sign == "<" and number in runs:
                self._slots[number] = len(self._kept) - 1
                self.runs.append((number, before, lines))
                continue
            if sign == "<":
                self.lines[number] = lines
            before += lines

    def blank(self, number: int, times: int) -> None:
        """Put as many blanks into a run."""
        self._kept[self._slots[number]] = BLANK * times

    def text(self) -> str:
        """Return the text."""
        return "".join(self._kept)


def with_temporaries_of(text: str, marked: str) -> str:
    """Return a marked text with its temporaries named as in the unmarked one, where they can be.

    Codegens count temporaries, so they are named otherwise where clones before them are missing.
    """
    own, wanted = TEMPORARIES.findall(marked), TEMPORARIES.findall(text)
    if own == wanted:
        return marked
    names = dict(zip(own, wanted, strict=False))
    if len(own) != len(wanted) or [*map(names.__getitem__, own)] != wanted:
        return marked
    if len({*names.values()}) < len(names):
        return marked
    return TEMPORARIES.sub(lambda match: names[match[0]], marked)


def _is_sequence(node: Occurrence) -> bool:
    return node.obj.__class__ is tirx.SeqStmt

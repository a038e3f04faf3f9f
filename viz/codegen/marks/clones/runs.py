"""Copies are left out of a marked text: each stands in a row, and has as many lines as its model.

A row bears one mark. Its copies are mostly not even written then, so what follows them is called
otherwise where names are counted; if that cannot be put right, they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from tvm import tirx

from viz.codegen.marks.align import Placed, edge
from viz.codegen.marks.clones.elide import BLANK
from viz.codegen.marks.clones.groups import Family
from viz.codegen.marks.reprint_match import TEMPORARY
from viz.ir.walker import Occurrence

TEMPORARIES = re.compile(rf"(?<!\w)(?:{TEMPORARY.pattern})(?!\w)", re.ASCII)

Runs = dict[int, list[tuple[int, int]]]
"""The copies in a row, each with its model, by the first of them."""


def runs(nodes: list[Occurrence], found: Iterable[Family]) -> Runs:
    """Return the copies of a function, those in a row together.

    Parameters
    ----------
    nodes
        All nodes of the function, in pre-order.
    found
        Its statements that are alike.
    """
    rows: Runs = {}
    first, row, after, around = nodes[0].id, -1, -1, -1
    copies = ((n, family.ids[0], family.size) for family in found for n in family.copies)
    for number, model, size in sorted(copies):
        parent = nodes[number - first].parent
        # Elsewhere something may be written between two that follow on one another.
        if number != after or parent != around or not _is_sequence(nodes[parent - first]):
            row = number
            rows[row] = []
        rows[row].append((number, model))
        after, around = number + size, parent
    return rows


class Spread(NamedTuple):
    """A marked text and an unmarked one, both without the copies.

    Attributes
    ----------
    marked
        The marked text.
    copies
        Where the copies stand in the unmarked text.
    cuts
        Where all does that is left out of it: in both texts ``BLANK`` stands for each.
    """

    marked: str
    copies: Placed
    cuts: list[tuple[int, int]]


def spread(marked: str, prefix: str, text: str, rows: Runs, *, brief: bool) -> Spread:
    """Leave the copies out of a marked text, and out of the unmarked one.

    There they are found by counting lines: each has those of its model. If the copies have been
    written in the marked text, the lines of a row are known, and the copies of one with others
    than that have no place.

    Parameters
    ----------
    brief
        Whether only those copies have been written that others need.
    """
    if not rows:
        return Spread(marked, [], [])
    taken = _Taken(marked, prefix, rows)
    lines = text.split("\n")
    starts = [*accumulate((len(line) + 1 for line in lines), initial=0)]

    def place(first: int, count: int) -> tuple[int, int]:
        indent = len(lines[first]) - len(lines[first].lstrip(" "))  # a name may begin with others
        return starts[first] + indent, starts[first + count] - 1

    placed: Placed = []
    cuts: list[tuple[int, int]] = []
    more = 0
    for number, before, written in taken.rows:
        at = before + more
        # A model that wrote nothing has no lines.
        copies = [(copy, taken.lines.get(model, 0)) for copy, model in rows[number]]
        copies = [(copy, count) for copy, count in copies if count]
        count = sum(count for _, count in copies) if brief else written
        more += count
        if at + count >= len(lines):
            break  # the two texts have little in common
        if sum(count for _, count in copies) != count:
            copies = [(-1, count)]
        for copy, count in copies:
            cuts.append(place(at, count))
            if copy >= 0:
                placed.append((*cuts[-1], copy))
            at += count
        taken.blank(number, len(copies))
    return Spread(taken.text(), placed, cuts)


class _Taken:
    """A marked text without what stands in the rows, and what there was to count in it.

    Attributes
    ----------
    lines
        How many a statement has before the first one inside.
    rows
        The number of each row, how many lines stand before it outside of rows, and its own.
    """

    def __init__(self, marked: str, prefix: str, rows: Runs) -> None:
        pieces = edge(prefix).split(marked)
        self._kept = pieces[:1]
        self._slots: dict[int, int] = {}
        self.lines: dict[int, int] = {}
        self.rows: list[tuple[int, int, int]] = []
        before = pieces[0].count("\n")
        for sign, digits, piece in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
            lines = piece.count("\n") - 1  # the first one ends the mark's own
            number = int(digits)
            self._kept += f'"{prefix}{sign}{digits}";', piece
            if sign == "<" and number in rows:
                self._slots[number] = len(self._kept) - 1
                self.rows.append((number, before, lines))
                continue
            if sign == "<":
                self.lines[number] = lines
            before += lines

    def blank(self, number: int, times: int) -> None:
        """Put as many blanks into a row."""
        self._kept[self._slots[number]] = BLANK * times

    def text(self) -> str:
        """Return the text."""
        return "".join(self._kept)


def renamed(marked: str, text: str) -> str:
    """Return a marked text with its temporaries called as they are in another, where they can be.

    Codegens count them, so they are called otherwise where copies before them are not written.
    """
    found, wanted = TEMPORARIES.findall(marked), TEMPORARIES.findall(text)
    names = dict(zip(found, wanted, strict=False))
    if len(found) != len(wanted) or [*map(names.__getitem__, found)] != wanted:
        return marked
    if len({*names.values()}) < len(names):
        return marked
    return TEMPORARIES.sub(lambda match: names[match[0]], marked)


def _is_sequence(node: Occurrence) -> bool:
    return node.obj.__class__ is tirx.SeqStmt

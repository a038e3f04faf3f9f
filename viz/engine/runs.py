"""Copies that stand in a row are marked together: each has as many lines as its model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate

from tvm import tirx

from viz.engine.alignment import Placed
from viz.engine.alike import Family
from viz.engine.nodes import Occurrence

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


def spread(text: str, placed: Placed, rows: Mapping[int, list[tuple[int, int]]]) -> Placed:
    """Return the marks with one for each copy where there is one for a row of them.

    A row that has not as many lines as its copies must have loses its mark.
    """
    if not rows:
        return placed
    models = {model for row in rows.values() for _, model in row}
    lines = {
        number: text.count("\n", start, end) + 1
        for start, end, number in placed
        if number in models or number in rows
    }
    found: Placed = []
    for start, end, number in placed:
        if number not in rows:
            found.append((start, end, number))
            continue
        # A model that wrote nothing has no mark.
        row = [(copy, lines.get(model, 0)) for copy, model in rows[number]]
        if sum(count for _, count in row) == lines[number]:
            found += _split(text, start, end, row)
    return found


def _split(text: str, start: int, end: int, row: list[tuple[int, int]]) -> Placed:
    """Return the places of statements in a range, each with its number of lines."""
    lines = text[start:end].split("\n")
    starts = [*accumulate((len(line) + 1 for line in lines), initial=start)]
    found: Placed = []
    at = 0
    for number, count in row:
        if count:
            indent = len(lines[at]) - len(lines[at].lstrip())
            found.append((starts[at] + indent, starts[at + count] - 1, number))
            at += count
    return found


def _is_sequence(node: Occurrence) -> bool:
    return node.obj.__class__ is tirx.SeqStmt

"""Pack how two sides pair for the page: numbers for nodes, rows for lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from viz.model import DiffLine, EmissionPair, ProgramComparison, TreePairs
from viz.render.outcomes.comparison_words import ComparedRow
from viz.render.web.data import utf16


def packed_comparison(comparison: ProgramComparison) -> dict[str, Any]:
    """Return how lines, nodes and emitted texts pair.

    A line is its kind, its numbers before and after, and the characters that differ on each side.
    """
    (target,) = comparison.targets
    return {
        "lines": _lines(comparison.lines),
        "input": packed_pairs(comparison.tree),
        "final": None if target.tree is None else packed_pairs(target.tree),
        "texts": [_text(pair) for pair in target.texts],
    }


def packed_row(row: ComparedRow) -> list[Any]:
    """Return a row of the summary; one of an access to memory with its places on both sides.

    A place is a node of the final tree and a line of the user's text, of each side.
    """
    site = row.site
    if site is None:
        return [row.is_same, row.title, row.words]
    nodes, lines = (site.before_node, site.after_node), (site.before_line, site.after_line)
    return [row.is_same, row.title, row.words, nodes, lines]


def packed_pairs(pairs: TreePairs) -> dict[str, Any]:
    """Return pairs as numbers: two for each, and by side the nodes that differ with their kind."""
    return {
        "pairs": [node for pair in pairs.pairs for node in (pair.before, pair.after)],
        "changed": [list(changed_nodes(pairs, side).items()) for side in (0, 1)],
    }


def changed_nodes(pairs: TreePairs, side: int) -> dict[int, str]:
    """Return the nodes of a side that differ, each with its kind, by rising id."""
    kinds: dict[int, str] = {
        (pair.after if side else pair.before): str(pair.kind)
        for pair in pairs.pairs
        if pair.kind != "kept"
    }
    alone = dict.fromkeys(pairs.added, "added") if side else dict.fromkeys(pairs.removed, "removed")
    return dict(sorted((kinds | alone).items()))


def _text(pair: EmissionPair) -> dict[str, Any]:
    return {"before": pair.before, "after": pair.after, "lines": _lines(pair.lines)}


def _lines(rows: Sequence[DiffLine]) -> list[list[Any]]:
    return [
        [
            row.kind,
            row.before_line,
            row.after_line,
            _ranges(row.before, row.removed),
            _ranges(row.after, row.added),
        ]
        for row in rows
    ]


def _ranges(text: str, ranges: tuple[tuple[int, int], ...]) -> list[int]:
    units = utf16(text)
    return [units(offset) for pair in ranges for offset in pair]

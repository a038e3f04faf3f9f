"""Pair lines of two texts, the places in them, and the texts that codegens wrote."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Literal

import msgspec

from viz.model import DiffLine, Emission, EmissionPair, Origins, Source, Tree, TreePairs
from viz.provenance.stage_origins import own_span
from viz.provenance.text_diff import diff_texts
from viz.text import Text

_SWAPPED: dict[str, Literal["removed", "added"]] = {"removed": "added", "added": "removed"}


def paired_lines(before: str, after: str) -> tuple[DiffLine, ...]:
    """Return the lines of two texts as :func:`diff_texts` does; swapped texts pair the same."""
    if before <= after:
        return diff_texts(before, after)
    return tuple(_removed_first(map(swapped_line, diff_texts(after, before))))


def swapped_line(row: DiffLine) -> DiffLine:
    """Return a row of a diff with the texts swapped."""
    return DiffLine(
        kind=_SWAPPED.get(row.kind, row.kind),
        before=row.after,
        after=row.before,
        before_line=row.after_line,
        after_line=row.before_line,
        removed=row.added,
        added=row.removed,
    )


def _removed_first(rows: Iterator[DiffLine]) -> Iterator[DiffLine]:
    """Yield rows, of neighbours that are in one text only those of the first text first."""
    for is_alone, group in groupby(rows, key=lambda row: row.kind in ("removed", "added")):
        members = list(group)
        yield from sorted(members, key=lambda row: row.kind == "added") if is_alone else members


# ---------------------------------------------------------------- where nodes come from


def text_places(
    tree: Tree, text: str, rows: Sequence[DiffLine], side: Literal["before", "after"]
) -> dict[int, Hashable]:
    """Return where nodes stand in a user's text, in words that both texts share.

    It is the row of the diff; where the line is the same in both texts with the column.
    """
    lines = Text(text)
    at = {
        (row.before_line if side == "before" else row.after_line): (number, row.kind)
        for number, row in enumerate(rows)
    }
    places: dict[int, Hashable] = {}
    for node in tree.nodes:
        if (span := own_span(node)) is None:
            continue
        position = lines.position(span.start)
        number, kind = at.get(position.line, (0, "removed"))
        if kind == "same":
            places[node.id] = (number, position.column)
        elif kind == "changed":
            places[node.id] = (number, 0)
    return places


def origin_places(
    origins: Origins | None, counterparts: Mapping[int, int] | None = None
) -> dict[int, Hashable]:
    """Return for the nodes of a final Tree the node of the first user's Tree behind each.

    Parameters
    ----------
    counterparts
        The nodes of the first user's Tree for those of the second, where these are its origins.
    """
    places: dict[int, Hashable] = {}
    for origin in origins.nodes if origins is not None else ():
        if origin.input_node is None:
            continue
        node = origin.input_node if counterparts is None else counterparts.get(origin.input_node)
        if node is not None:
            places[origin.node] = node
    return places


def counterparts_of(pairs: TreePairs) -> dict[int, int]:
    """Return the nodes of the first Tree by their counterparts in the second."""
    return {pair.after: pair.before for pair in pairs.pairs}


# ---------------------------------------------------------------- emitted texts


def paired_emissions(before: Source, after: Source) -> tuple[EmissionPair, ...]:
    """Pair what two codegens wrote: texts of one part and form, then the first that are left.

    So the C of a program stands beside its CUDA kernels, where the same loops are.
    """
    old, new = list(enumerate(before.emissions)), list(enumerate(after.emissions))
    parts = ({each.part for each in source.emissions} for source in (before, after))
    is_alike = len({frozenset(each) for each in parts}) == 1
    pairs: list[tuple[int | None, int | None]] = []
    for i, older in old:
        alike = [
            j
            for j, newer in new
            if (newer.part, newer.form) == (older.part, older.form)
            and all(j != other for _, other in pairs)
        ]
        if alike and is_alike:
            pairs.append((i, alike[0]))
    rest = (
        [i for i, _ in old if all(i != pair[0] for pair in pairs)],
        [j for j, _ in new if all(j != pair[1] for pair in pairs)],
    )
    both = min(map(len, rest))
    pairs += [*zip(rest[0], rest[1], strict=False)]
    pairs += [(i, None) for i in rest[0][both:]] + [(None, j) for j in rest[1][both:]]
    return tuple(
        _pair(
            i,
            None if i is None else before.emissions[i],
            j,
            None if j is None else after.emissions[j],
        )
        for i, j in pairs
    )


def _pair(
    i: int | None, older: Emission | None, j: int | None, newer: Emission | None
) -> EmissionPair:
    shown = older or newer
    assert shown is not None
    lines = _lines(older, newer) if older is not None and newer is not None else ()
    return EmissionPair(
        title=shown.title, part=shown.part, form=shown.form, before=i, after=j, lines=lines
    )


def _lines(older: Emission, newer: Emission) -> tuple[DiffLine, ...]:
    """Compare two texts from their first line that a node wrote.

    What stands above it is the same for every program of a target.
    """
    (above, old), (before, new) = map(from_first_mark, (older, newer))
    return tuple(
        msgspec.structs.replace(
            row,
            before_line=row.before_line and row.before_line + above,
            after_line=row.after_line and row.after_line + before,
        )
        for row in paired_lines(old, new)
    )


def from_first_mark(emission: Emission) -> tuple[int, str]:
    """Return how many lines stand above the first that a node wrote, and the text from there."""
    first = min((mark.start for mark in emission.marks), default=0)
    start = emission.text.rfind("\n", 0, first) + 1
    return emission.text.count("\n", 0, start), emission.text[start:]

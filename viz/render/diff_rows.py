"""The rows of a diff that are shown: what changed, a few lines around it, and gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from viz.model import DiffLine

CONTEXT = 3
"""Unchanged lines shown around a change; longer runs become one row with their number."""


class DiffRow(NamedTuple):
    """A row: a line of the first text or of the second one, or of both where it is the same.

    Attributes
    ----------
    before, after
        The numbers of the line in the two texts, 0 where it is in one alone. ``before`` of a gap
        is how many lines are left out.
    ranges
        The characters that are in this text alone, of a line that changed.
    """

    kind: Literal["same", "removed", "added", "gap"]
    before: int
    after: int
    text: str = ""
    ranges: tuple[tuple[int, int], ...] = ()


def shortened(lines: Sequence[DiffLine], context: int = CONTEXT) -> Iterator[DiffRow]:
    """Yield the rows of a diff; a changed line is one removed and one added."""
    changed = [i for i, line in enumerate(lines) if line.kind != "same"]
    near = {i + step for i in changed for step in range(-context, context + 1)}
    skipped = 0
    for i, line in enumerate(lines):
        if i not in near:
            skipped += 1
            continue
        if skipped:
            yield DiffRow("gap", skipped, 0)
            skipped = 0
        if line.kind in ("removed", "changed"):
            yield DiffRow("removed", line.before_line, 0, line.before, line.removed)
        if line.kind in ("added", "changed"):
            yield DiffRow("added", 0, line.after_line, line.after, line.added)
        if line.kind == "same":
            yield DiffRow("same", line.before_line, line.after_line, line.after)
    if skipped:
        yield DiffRow("gap", skipped, 0)

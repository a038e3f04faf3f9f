"""Print a diff of two texts as unified lines, in colour on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from viz.cli.output import escape_controls, print_text
from viz.model import DiffLine

CONTEXT = 3
"""Unchanged lines that a diff shows around a change."""

COLOURS = {"-": "\x1b[31m", "+": "\x1b[32m", "@": "\x1b[36m"}
"""ANSI colours by a diff line's first character."""

RESET = "\x1b[0m"
"""Ends a colour."""


def print_diff(lines: Sequence[str]) -> None:
    """Print the lines of a unified diff, in colour on a terminal."""
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in lines:
        colour = COLOURS.get(line[0], "") if coloured else ""
        print(f"{colour}{escape_controls(line)}{RESET}") if colour else print_text(line)


def unified(rows: Sequence[DiffLine], before: str, after: str) -> Iterator[str]:
    """Yield the lines of a unified diff; none when nothing differs."""
    differing = [i for i, row in enumerate(rows) if row.kind != "same"]
    if not differing:
        return
    yield f"--- {before}"
    yield f"+++ {after}"
    for start, end in _hunks(differing, len(rows)):
        hunk = rows[start:end]
        old = [row.before_line for row in hunk if row.before_line]
        new = [row.after_line for row in hunk if row.after_line]
        yield f"@@ -{_range(old)} +{_range(new)} @@"
        yield from _hunk(hunk)


def _hunks(differing: Sequence[int], end: int) -> Iterator[tuple[int, int]]:
    """Yield half-open ranges of rows, each the differing ones with their context.

    Ranges that touch are one.
    """
    start, last = max(differing[0] - CONTEXT, 0), differing[0]
    for row in differing[1:]:
        if row - last > 2 * CONTEXT:
            yield start, last + CONTEXT + 1
            start = row - CONTEXT
        last = row
    yield start, min(last + CONTEXT + 1, end)


def _range(lines: Sequence[int]) -> str:
    """Return the first line and the count of lines, as a hunk's head has them."""
    return f"{lines[0]},{len(lines)}" if lines else "0,0"


def _hunk(rows: Sequence[DiffLine]) -> Iterator[str]:
    """Yield the rows as lines of a unified diff: removed ones first, then added ones."""
    added: list[str] = []
    for row in rows:
        if row.kind == "same":
            yield from added
            added = []
            yield f" {row.before}"
        if row.kind in ("removed", "changed"):
            yield f"-{row.before}"
        if row.kind in ("added", "changed"):
            added.append(f"+{row.after}")
    yield from added

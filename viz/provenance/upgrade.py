"""Show what bringing a text up to date changed, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from viz.provenance.text_diff import diff_texts

CONTEXT = 1
"""Unchanged lines around a change."""

LONGEST = 60
"""Characters of a piece of text that one line shows."""


def diff_rows(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield the lines that changed and those around them, each with ``-``, ``+`` or a space.

    A row with the sign ``⋯`` stands for lines that are left out.
    """
    lines = diff_texts(before, after)
    changed = [index for index, line in enumerate(lines) if line.kind != "same"]
    near = {index + step for index in changed for step in range(-CONTEXT, CONTEXT + 1)}
    shown = -1
    for index, line in enumerate(lines):
        if index not in near:
            continue
        if shown >= 0 and index > shown + 1:
            yield "⋯", ""
        shown = index
        if line.kind == "same":
            yield " ", line.after
        if line.kind in ("removed", "changed"):
            yield "-", line.before
        if line.kind in ("added", "changed"):
            yield "+", line.after


def shortened(words: str) -> str:
    """Return a piece of text on one line, cut where it is long."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 2]} …"

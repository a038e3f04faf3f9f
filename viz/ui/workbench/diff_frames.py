"""Make the frames of what differs: between two stages, and between what two engines write."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from viz.locale.translator import Translator
from viz.messages import Language
from viz.model import Diff, DiffLine, Overview, Source
from viz.provenance.generations import compared_texts, paired_passes
from viz.render.diff_rows import shortened
from viz.render.web.data import utf16
from viz.ui.workbench import frames


@lru_cache(maxsize=64)
def diff(target: str, raw: bytes) -> bytes:
    """Return the lines that differ between a stage and the one before, and those near them.

    A line is its kind, its numbers before and after, its text, and the characters that differ.
    """
    reply = msgspec.json.decode(raw, type=Diff)
    rows = _diff_rows(reply.lines)
    return frames.line({"kind": "diff", "stage": reply.after, "target": target, "rows": rows})


def _diff_rows(lines: Sequence[DiffLine]) -> list[list[Any]]:
    return [
        [each.kind, each.before, each.after, each.text, _ranges(each.text, each.ranges)]
        for each in shortened(lines)
    ]


@lru_cache(maxsize=16)
def generations(
    target: str,
    language: Language,
    older: bytes,
    newer: bytes,
    older_passes: bytes,
    newer_passes: bytes,
) -> bytes:
    """Return what the texts and the passes of two engines differ in; the older one is before."""
    then, now = (msgspec.json.decode(raw, type=Source) for raw in (older, newer))
    rows = [msgspec.json.decode(raw, type=Overview).passes for raw in (older_passes, newer_passes)]
    _ = Translator(language)
    texts = [
        {"part": pair.part, "title": _(pair.title), "rows": _diff_rows(pair.lines)}
        for pair in compared_texts(then, now)
    ]
    passes = [(pair.name, pair.older, pair.newer) for pair in paired_passes(*rows)]
    return frames.line({"kind": "generations", "target": target, "texts": texts, "passes": passes})


def _ranges(text: str, ranges: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    units = utf16(text)
    return [(units(start), units(end)) for start, end in ranges]

"""``--engine both``: print what two generations of TVM write, or which passes each of them runs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import msgspec

from viz.cli.exit_status import GOOD
from viz.cli.output import padded, print_json, print_message, print_notes, print_text
from viz.cli.request import request
from viz.cli.unified_diff import print_diff, unified
from viz.locale.translator import Translator
from viz.model import LEGACY, Emission, OverviewPart, Part, Pass, Plain, SourcePart
from viz.provenance.generations import (
    PassPair,
    TextPair,
    compared_texts,
    paired_passes,
    paired_texts,
)
from viz.service.client.submit import submit_all


class ComparedTexts(Plain, frozen=True):
    """What ``source --engine both --json`` prints."""

    texts: tuple[TextPair, ...]


class ComparedPasses(Plain, frozen=True):
    """What ``lower --engine both --json`` prints."""

    passes: tuple[PassPair, ...]


def both_sources(options: argparse.Namespace, text: str) -> int:
    """Print the texts of both engines that ``--part`` and ``--form`` choose, or how they differ.

    Raises
    ------
    VizError
        When one of the engines is missing, or cannot read, lower or emit the text.
    """
    _: Translator = options.words
    older, newer = _replies(options, text, SourcePart())
    print_notes(options, text)
    pairs = [pair for pair in paired_texts(older, newer) if _is_chosen(pair[1], options)]
    compared = [pair for pair in compared_texts(older, newer) if _has(pairs, pair)]
    if options.json:
        print_json(ComparedTexts(texts=tuple(compared)))
        return GOOD
    if options.diff:
        for pair in compared:
            titles = [f"{_(pair.title)}, {when}" for when in (LEGACY, _("today"))]
            lines = list(unified(pair.lines, *titles))
            if not lines:
                print_message("note", _("{name}: no difference", name=_(pair.title)), _)
            print_diff(lines)
        return GOOD
    for both in pairs:
        for emission, when in zip(both, (LEGACY, _("today")), strict=True):
            sign = {"llvm": ";", "asm": "#"}.get(emission.language, "//")
            print_text(f"{sign} ---------------- {_(emission.title)}, {when} ----------------")
            print_text(emission.text.rstrip("\n"))
    return GOOD


def _is_chosen(emission: Emission, options: argparse.Namespace) -> bool:
    return options.part in ("all", emission.part) and options.form in (None, emission.form)


def _has(pairs: Sequence[tuple[Emission, Emission]], pair: TextPair) -> bool:
    return any((pair.part, pair.form) == (newer.part, newer.form) for _older, newer in pairs)


def both_pipelines(options: argparse.Namespace, text: str) -> int:
    """Print the passes of both engines by name, each with the number of its first run.

    Raises
    ------
    VizError
        When one of the engines is missing, or cannot read the text.
    """
    _: Translator = options.words
    older, newer = _replies(options, text, OverviewPart(passes=True))
    pairs = paired_passes(older.passes, newer.passes)
    if options.json:
        print_json(ComparedPasses(passes=pairs))
        return GOOD
    print_text(f"{LEGACY:>5}  {padded(_('today'), -5)}   pass")
    for pair in pairs:
        numbers = (
            _run(pair.older, older.passes, options), _run(pair.newer, newer.passes, options)
        )  # fmt: skip
        if any(numbers):
            print_text(f"{numbers[0] or '–':>5}  {numbers[1] or '–':>5}   {pair.name}")
    return GOOD


def _run(numbers: Sequence[int], rows: Sequence[Pass], options: argparse.Namespace) -> str:
    """Return the number of its first run; with ``--changed`` of one that changed something."""
    runs = [n for n in numbers if not options.changed or rows[n - 1].changed]
    return str(runs[0]) if runs else ""


def _replies(options: argparse.Namespace, text: str, part: Part) -> tuple[Any, Any]:
    """Return what the engine of 2024 replies, and what today's does."""
    newer = request(options, text, part, options.target)
    older = msgspec.structs.replace(newer, engine=LEGACY)
    first, second = submit_all([older, newer]).replies()
    return first, second

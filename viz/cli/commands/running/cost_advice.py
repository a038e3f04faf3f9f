"""``run --cost --advise``: print edits of the text after which its accesses cost less."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterator

import msgspec

from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import print_json, print_notes, print_problems, print_text
from viz.cli.request import request
from viz.cli.unified_diff import print_diff
from viz.locale.translator import Translator
from viz.model import (
    EMULATED,
    AccessChange,
    CostAdvice,
    CostAdvicePart,
    CostOptions,
    CostSuggestion,
    Figures,
    RunPart,
)
from viz.render.outcomes.access_words import access_words
from viz.service.client.submit import submit, trust


def advise(options: argparse.Namespace, text: str, part: RunPart) -> int:
    """Print each edit that helps as a unified diff, with what was measured before and after.

    Raises
    ------
    VizError
        When the text cannot be read, or the program cannot be built or run.
    """
    part = msgspec.structs.replace(part, device=EMULATED, cost=part.cost or CostOptions())
    if options.unsafe_run:
        trust()
    advice = submit(request(options, text, CostAdvicePart(run=part))).result()
    assert isinstance(advice, CostAdvice)
    print_notes(options, text, prim_funcs=True)
    if options.json:
        print_json(advice)
        return GOOD if advice.passed else BAD
    _: Translator = options.words
    for suggestion in advice.suggestions:
        _print(suggestion, text, _)
    if advice.passed and not advice.suggestions:
        print_text(_("no edit that is known here makes it cost less"))
    for tried in advice.tried:
        title, why = _.of_message(tried.title), _.of_message(tried.why)
        print_text(_("tried, too: {title}: {why}", title=title, why=why))
    print_problems(advice.problems, _, text, options.file)
    return GOOD if advice.passed else BAD


def _print(suggestion: CostSuggestion, text: str, _: Translator) -> None:
    title = _.of_message(suggestion.title)
    if suggestion.line is not None:
        title = _("line {line}: {title}", line=suggestion.line, title=title)
    print_text(title)
    print_text("  " + _.of_message(suggestion.why))
    for line in _measured(suggestion, _):
        print_text(f"  {line}")
    print_diff(
        [
            *difflib.unified_diff(
                text.splitlines(),
                suggestion.text.splitlines(),
                _("your text"),
                _("edited"),
                lineterm="",
            )
        ]
    )


def _measured(suggestion: CostSuggestion, _: Translator) -> Iterator[str]:
    """Yield what changed of each buffer's accesses, in a line."""
    for change in suggestion.accesses:
        before, after = _amount(change, change.before), _amount(change, change.after)
        if before == after:
            continue
        unit = _("wavefronts") if change.space == "shared" else _("sectors")
        yield _(
            "{access}: {before} → {after} {unit}",
            access=access_words(change.kind, change.buffer, _),
            before=before,
            after=after,
            unit=unit,
        )


def _amount(change: AccessChange, figures: Figures | None) -> str:
    if figures is None:
        return "–"
    return f"{figures.wavefronts if change.space == 'shared' else figures.sectors:,}"

"""``rule``: write a program by our own codegen with some of the user's rules, and compare."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from viz.cli.commands.running.run import comparison_text
from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import print_json, print_notes, print_problems, print_text
from viz.cli.request import read, request, sizes
from viz.errors import RequestError
from viz.locale.translator import Translator, marked
from viz.messages import message_of
from viz.model import RuleError, RulePart, RuleTrial, TextDifference
from viz.service.client.submit import submit
from viz.step.rule_texts import rule_texts

OUTPUTS = {
    "match": marked("the outputs are those of our text"),
    "differ": marked("the outputs are not those of our text"),
    "not-run": marked("nothing was run"),
}
"""What is said of the outputs."""


def rule(options: argparse.Namespace, text: str) -> int:
    """Print the text, its first difference to ours and what it computes; :data:`BAD` if wrong.

    Raises
    ------
    VizError
        When the text or a rule cannot be read, or there is no rule of that name.
    """
    if options.show:
        print_text(_shown(options.show))
        return GOOD
    part = RulePart(
        rules=dict(_rule(given) for given in options.rule or ()),
        language=options.language,
        stage=options.stage,
        sizes=sizes(options.size),
    )
    trial = submit(request(options, text, part, options.lowered_for)).result()
    assert isinstance(trial, RuleTrial)
    print_notes(options, text)
    if options.json:
        print_json(trial)
    else:
        print_text("\n".join(_lines(trial, options.words)))
    print_problems(trial.problems, options.words, text, options.file)
    return GOOD if trial.passed else BAD


def _rule(given: str) -> tuple[str, str]:
    """Return the name and the text of ``NAME=FILE``."""
    name, equals, file = given.partition("=")
    if not equals or not name or not file:
        raise RequestError(message_of("rule-option", given=given))
    return name, read(file)


def _shown(name: str) -> str:
    """Return our own rule, to begin with."""
    texts = rule_texts()
    key = next((key for key in texts if name in (key, key.rpartition(".")[2])), None)
    if key is None:
        known = tuple(sorted(key.rpartition(".")[2] for key in texts))
        raise RequestError(message_of("no-such-rule", name=name, known=known))
    return texts[key]


def _lines(trial: RuleTrial, _: Translator) -> Iterator[str]:
    if trial.emission is not None:
        yield trial.emission.text.rstrip("\n")
        yield ""
    for key, count in trial.uses.items():
        if not count:
            yield _("no node of this program is written by the rule for {rule}", rule=key)
    if trial.error is not None:
        yield from _error(trial.error, _)
    if trial.emission is None:
        return
    if trial.difference is None:
        yield _("the text is ours, to the character")
    else:
        yield from _difference(trial.difference, _)
    if trial.error is None:
        yield _(OUTPUTS[trial.outputs])
        yield from (comparison_text(row, _) for row in trial.comparisons)


def _error(error: RuleError, _: Translator) -> Iterator[str]:
    where = _("the text") if not error.rule else _("the rule for {rule}", rule=error.rule)
    place = _("{where}, line {line}", where=where, line=error.line) if error.line else where
    yield _("{kind}: {message}", kind=place, message=_.of_message(error.what))
    if error.line_text:
        yield f"  {error.line_text}"


def _difference(difference: TextDifference, _: Translator) -> Iterator[str]:
    yield _(
        "first differs from ours at {line}:{column}, {node}",
        line=difference.line,
        column=difference.column,
        node=difference.title,
    )
    yield f"  - {difference.expected}"
    yield f"  + {difference.got}"

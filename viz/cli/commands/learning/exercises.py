"""``exercises``: list the exercises, show one, its hints and its solution, check an answer."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import escape_controls, padded, print_json, print_text
from viz.cli.request import read
from viz.errors import RequestError
from viz.learn.exercises.check import check_exercise
from viz.learn.exercises.exercise import CheckResult, CodingExercise
from viz.learn.exercises.reading import find, shipped
from viz.learn.lesson import Sentence
from viz.locale.translator import Translator, marked
from viz.messages import message_of
from viz.text import text_width

LEVELS = {
    1: marked("One place of a program"),
    2: marked("Threads that work together"),
    3: marked("The compiler itself"),
}
"""What the exercises of a level are about."""


def add_exercises(commands: Any, _: Translator) -> None:
    """Add the command and its arguments."""
    command = commands.add_parser(
        "exercises", words=_, help=_("list exercises, show one, give hints, check an answer")
    )
    command.add_argument(
        "what",
        nargs="*",
        metavar="NAME | program NAME | check NAME FILE | hint NAME [COUNT] | solution NAME",
        help=_("nothing lists them; NAME is that of an exercise, or its number"),
    )
    command.add_argument("--json", action="store_true", help=_("print the data"))


def exercises(options: argparse.Namespace, _text: str) -> int:
    """Print exercises, one of them, its hints or solution, or what became of an answer.

    Raises
    ------
    RequestError
        When there is no such exercise, or the words are none that the command knows.
    """
    _: Translator = options.words
    words: list[str] = options.what
    if not words:
        print_text("\n".join(_listed(_)))
    elif len(words) == 1:
        print_text(_described(find(words[0], _.language), _))
    elif words[0] == "program" and len(words) == 2:
        print_text(find(words[1], _.language).text.rstrip("\n"))
    elif words[0] == "solution" and len(words) == 2:
        print_text(find(words[1], _.language).solution.rstrip("\n"))
    elif words[0] == "hint" and len(words) in (2, 3):
        print_text("\n".join(_hints(find(words[1], _.language), *words[2:])))
    elif words[0] == "check" and len(words) == 3:
        return _check(options, *words[1:])
    else:
        raise RequestError(message_of("exercise-command", words=" ".join(words)))
    return GOOD


def _listed(_: Translator) -> Iterator[str]:
    rows = shipped()[_.language]
    width = max(text_width(exercise.name) for exercise in rows)
    for level, title in LEVELS.items():
        yield _("Level {level}: {title}", level=level, title=_(title))
        for exercise in rows:
            if exercise.level == level:
                yield f"  {padded(exercise.name, width)}  {exercise.title}"


def _described(exercise: CodingExercise, _: Translator) -> str:
    words = [f"{exercise.title}: {exercise.summary}"]
    words += [_plain(block.words) for block in exercise.blocks]
    count = len(exercise.hints)
    told = _.plural("{count} hint", "{count} hints", count)
    return "\n\n".join([*words, exercise.text.rstrip("\n"), f"# {told}"])


def _hints(exercise: CodingExercise, count: str = "1") -> Iterator[str]:
    if not count.isdecimal() or int(count) < 1:
        raise RequestError(message_of("exercise-hint-count", given=count))
    for number, hint in enumerate(exercise.hints[: int(count)], 1):
        yield f"{number}. {_plain(hint)}"


def _plain(words: Sentence) -> str:
    return "".join(f"`{piece.words}`" if piece.kind == "code" else piece.words for piece in words)


def _check(options: argparse.Namespace, name: str, file: str) -> int:
    """Print what became of each check; :data:`BAD` where one has failed."""
    _: Translator = options.words
    verdict = check_exercise(name, read(file))
    if options.json:
        print_json(verdict)
        return GOOD if verdict.passed else BAD
    for result in verdict.results:
        print_text("\n".join(_lines(result, _)))
    failed = sum(not result.passed for result in verdict.results)
    print_text(
        _("Solved.")
        if verdict.passed
        else _.plural("{count} check has failed.", "{count} checks have failed.", failed)
    )
    return GOOD if verdict.passed else BAD


def _lines(result: CheckResult, _: Translator) -> Iterator[str]:
    yield f"{'✓' if result.passed else '✗'} {result.wanted.text(_.language)}"
    if result.found is not None:
        found = escape_controls(result.found.text(_.language))
        place = "" if result.line is None else _("line {line}: ", line=result.line)
        yield f"    {place}{found}"

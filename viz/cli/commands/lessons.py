"""``lessons``: list the lessons of the page, check that all that they say is true, export them."""

from __future__ import annotations

import argparse
from pathlib import Path

from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import padded, print_text
from viz.errors import RequestError
from viz.learn import packs
from viz.learn.export.checked import checked, chosen
from viz.learn.export.files import write
from viz.learn.truth import check
from viz.locale.translator import Translator
from viz.messages import message_of
from viz.text import text_width


def lessons(options: argparse.Namespace, _text: str) -> int:
    """Print the lessons of a folder, or what is wrong with them, or write them to files.

    Raises
    ------
    VizError
        When a lesson cannot be read, or one to export says what is not true.
    """
    if options.what == "export":
        return _export(options)
    folder = Path(options.folder) if options.folder else packs.SHIPPED
    _: Translator = options.words
    if options.what == "check":
        return _check(folder, _)
    pack = packs.load(folder)
    rows = pack.of(_.language)
    width = max(text_width(lesson.name) for lesson in rows)
    for lesson in rows:
        count = len(lesson.questions)
        asked = _.plural("{count} question", "{count} questions", count)
        indent = "  " if lesson.page_of else ""
        print_text(f"{padded(lesson.name, width)}  {indent}{lesson.title} ({asked})")
    return GOOD


def _export(options: argparse.Namespace) -> int:
    """Write lessons to files, and print which."""
    _: Translator = options.words
    if not options.output:
        raise RequestError(message_of("lesson-no-output"))
    language = options.language or _.language
    lessons = checked(chosen(options.folder, language))
    for path in write(lessons, options.form, Path(options.output), language):
        print_text(str(path))
    return GOOD


def _check(folder: Path, _: Translator) -> int:
    """Print every mistake with its place and what to do about it."""
    count = 0
    for error in check(folder):
        count += 1
        print_text(error.what.text(_.language))
        if error.advice is not None and (hint := error.advice.text(_.language)):
            print_text(f"    {hint}")
    if count:
        print_text(_.plural("{count} mistake", "{count} mistakes", count))
        return BAD
    print_text(_("All that the lessons say is true."))
    return GOOD

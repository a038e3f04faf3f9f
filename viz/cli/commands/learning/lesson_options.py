"""Define the options of ``lessons``."""

from __future__ import annotations

import argparse

from viz.learn.export.forms import EXPORT_FORMS
from viz.locale.translator import Translator
from viz.messages import LANGUAGES


def add_lessons(commands: argparse._SubParsersAction, _: Translator) -> None:  # type: ignore[type-arg]
    """Add the command."""
    taught = _("list the lessons of the page, check that what they say is true, or export them")
    command = commands.add_parser("lessons", words=_, help=taught)
    command.add_argument("what", nargs="?", choices=["list", "check", "export"], default="list")
    folder = _(
        "a folder of lessons, for export also a file or a name; the shipped ones if left out"
    )
    command.add_argument("folder", nargs="?", default="", metavar="FOLDER|LESSON", help=folder)
    command.add_argument(
        "--as",
        dest="form",
        choices=EXPORT_FORMS,
        default="page",
        help=_("for export: one offline page, tests that grade a sheet of answers, a notebook"),
    )
    command.add_argument(
        "--out", dest="output", metavar="PATH", help=_("for export: the file, for pytest a folder")
    )
    command.add_argument(
        "--language", choices=LANGUAGES, help=_("for export: that of the lessons; --lang otherwise")
    )

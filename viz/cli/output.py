"""What is said beside an answer, on standard error: notes, and errors with the user's line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from viz.cli.arguments import request
from viz.errors import VizError
from viz.model import Overview, OverviewPart, Problem
from viz.service.client.submit import submit
from viz.text import Text

CONTROL = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"
}
"""Control characters (C0, DEL, C1) and what stands for them."""


def notes(options: argparse.Namespace, text: str) -> None:
    """Say what was done to the text, and what was left out of it."""
    overview = submit(request(options, text, OverviewPart())).result()
    assert isinstance(overview, Overview)
    notes_of(overview, options, text)


def notes_of(overview: Overview, options: argparse.Namespace, text: str) -> None:
    """Say the same of an overview that is there already."""
    lines = Text(text)
    if options.verbose:
        for edit in overview.edits:
            line = lines.position(edit.span.start).line
            say("note", f"line {line}: {edit.old or '(nothing)'} → {edit.new}: {edit.note}")
    elif overview.edits:
        count = len(overview.edits)
        spellings = "an older spelling was" if count == 1 else f"{count} older spellings were"
        say("note", f"{spellings} brought up to date (-v lists them)")
    # What has a hint may be the very thing one wanted to see.
    for left in overview.left_out:
        if left.hint or options.verbose:
            line = lines.position(left.span.start).line
            say("note", f"line {line}: left out {left.what}. {left.hint}".rstrip())
    if len(overview.definitions) > 1 and not options.definition:
        names = ", ".join(definition.name for definition in overview.definitions)
        say("note", f"showing {overview.definition} of {names} (--definition chooses)")
    tell([problem for problem in overview.problems if problem.severity != "error"])


def tell(problems: Sequence[Problem]) -> None:
    """Say problems, a line each."""
    for problem in problems:
        kind = "note" if problem.severity == "info" else problem.severity
        say(kind, f"{problem.message} {problem.hint}".rstrip())


def say(kind: str, message: str) -> None:
    """Print a line such as ``note: …``."""
    print(visible(f"{kind}: {message}"), file=sys.stderr)


def put(text: str) -> None:
    """Print a text on standard output; on a terminal without what would command it."""
    print(visible(text) if sys.stdout.isatty() else text)


def put_json(data: bytes) -> None:
    """Print JSON in UTF-8, whatever the locale."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.buffer.flush()


def visible(text: str) -> str:
    r"""Return a text with its control characters written out, such as ``\x1b``.

    Texts come from anywhere, and terminals obey them.
    """
    return text.translate(CONTROL)


def complain(error: VizError | Problem, text: str, file: str) -> None:
    """Print an error, the line of the user's text that it is about, and the hint."""
    say("error", error.message)
    if error.span is not None and text:
        lines = Text(text)
        where = lines.position(error.span.start)
        name = "<stdin>" if file == "-" else file
        print(visible(f"  --> {name}:{where.line}:{where.column}"), file=sys.stderr)
        print(visible(lines.excerpt(error.span)), file=sys.stderr)
    if error.hint:
        say("hint", error.hint)

"""Print answers on standard output, and notes and errors on standard error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import msgspec

from viz.cli.request import request
from viz.errors import VizError
from viz.frontend.notebook import cell_line, place
from viz.frontend.pasted import CLEANING
from viz.messages import with_words
from viz.model import Overview, OverviewPart, Problem
from viz.provenance.upgrade import diff_rows, shortened
from viz.service.client.submit import submit
from viz.text import Span, Text

CONTROL_CHARACTERS = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"
}
"""What is printed for each control character (C0, DEL, C1), by code point."""


def print_text(text: str) -> None:
    """Print a text on standard output; on a terminal with its control characters escaped."""
    print(escape_controls(text) if sys.stdout.isatty() else text)


def json_of(record: msgspec.Struct) -> bytes:
    """Return a record as JSON, with the English words of its messages."""
    return msgspec.json.encode(with_words(msgspec.to_builtins(record)))


def print_json(record: msgspec.Struct) -> None:
    """Print a record as JSON in UTF-8, whatever the locale."""
    sys.stdout.flush()
    sys.stdout.buffer.write(json_of(record) + b"\n")
    sys.stdout.buffer.flush()


def escape_controls(text: str) -> str:
    r"""Return a text with each control character written out, such as ``\x1b``.

    Programs come from anywhere, and a terminal obeys such characters.
    """
    return text.translate(CONTROL_CHARACTERS)


class Failure(msgspec.Struct, frozen=True):
    """What ``--json`` prints where there is no reply: the error, as replies have their problems."""

    problems: tuple[Problem, ...]


# ---------------------------------------------------------------- standard error


def print_message(kind: str, message: str) -> None:
    """Print a line such as ``note: …`` on standard error."""
    print(escape_controls(f"{kind}: {message}"), file=sys.stderr)


def print_problems(problems: Sequence[Problem], text: str = "", file: str = "") -> None:
    """Print problems on standard error, one line each, and the lines of the text they are about."""
    for problem in problems:
        kind = "note" if problem.severity == "info" else problem.severity
        if problem.span is not None and text:
            print_message(kind, problem.message)
            _print_place(problem.span, text, file)
            print_message("hint", problem.hint)
        else:
            print_message(kind, sentences(problem.message, problem.hint))


def sentences(*texts: str) -> str:
    """Return texts as sentences that follow one another."""
    ended = (text if text.endswith((".", "?", "!", "…")) else f"{text}." for text in texts if text)
    return " ".join(ended)


def print_error(error: VizError | Problem, text: str, file: str) -> None:
    """Print an error, the line of the user's text that it is about, and the hint.

    Parameters
    ----------
    text
        The user's text, which the error's span refers to.
    file
        The name of the file, ``-`` for standard input.
    """
    print_message("error", error.message)
    if error.span is not None and text:
        _print_place(error.span, text, file)
    if error.hint:
        print_message("hint", error.hint)


def _print_place(span: Span, text: str, file: str) -> None:
    lines = Text(text)
    position = lines.position(span.start)
    name = "<stdin>" if file == "-" else file
    cell, line = cell_line(lines, position.line)
    where = f"{name}, cell {cell}, line {line}" if cell else f"{name}:{line}"
    print(escape_controls(f"  --> {where}:{position.column}"), file=sys.stderr)
    print(escape_controls(lines.excerpt(span, line)), file=sys.stderr)


def print_notes(options: argparse.Namespace, text: str) -> None:
    """Ask for the overview of a text and print the notes of :func:`print_overview_notes`."""
    overview = submit(request(options, text, OverviewPart())).result()
    assert isinstance(overview, Overview)
    print_overview_notes(overview, options, text)


def _print_upgrade(overview: Overview, lines: Text, *, verbose: bool) -> None:
    """Print what a text was written for; with ``verbose`` a sentence an edit, and a diff."""
    more = "" if verbose else " (-v shows them)"
    cleaned = dict.fromkeys(edit.rule for edit in overview.edits if edit.rule in CLEANING)
    if cleaned:
        what = ", ".join(cleaned).replace("-", " ")
        print_message("note", f"the text was cleaned of {what}{more}")
    if count := sum(edit.rule not in CLEANING for edit in overview.edits):
        spellings = "an older spelling was" if count == 1 else f"{count} older spellings were"
        message = f"this looks like {overview.generation}: {spellings} brought up to date{more}"
        if overview.generation is None:
            edits = "an edit was" if count == 1 else f"{count} edits were"
            message = f"{edits} made so that TVM reads this{more}"
        print_message("note", message)
    if not verbose:
        return
    for edit in overview.edits:
        where = place(lines, lines.position(edit.span.start).line)
        old, new = (shortened(words) or "(nothing)" for words in (edit.old, edit.new))
        print_message("note", f"{where}: {old} → {new}: {edit.message}")
    for sign, words in diff_rows(lines.string, overview.upgraded) if count else ():
        print(escape_controls(f"{sign} {words}".rstrip()), file=sys.stderr)


def print_overview_notes(overview: Overview, options: argparse.Namespace, text: str) -> None:
    """Print which older spellings were replaced, what was left out, and warnings."""
    lines = Text(text)
    if overview.edits:
        _print_upgrade(overview, lines, verbose=options.verbose)
    # What has a hint may be the very thing one wanted to see.
    for statement in overview.left_out:
        if statement.hint or options.verbose:
            where = place(lines, lines.position(statement.span.start).line)
            left_out = f"left out {statement.what}. {statement.hint}".rstrip()
            print_message("note", f"{where}: {left_out}")
    if len(overview.definitions) > 1 and not options.definition:
        names = ", ".join(definition.name for definition in overview.definitions)
        print_message("note", f"showing {overview.definition} of {names} (--definition chooses)")
    print_problems([problem for problem in overview.problems if problem.severity != "error"])

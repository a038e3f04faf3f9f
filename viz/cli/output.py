"""Print answers on standard output, and notes and errors on standard error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import msgspec

from viz.cli.request import request
from viz.errors import VizError
from viz.frontend.notebook import cell_line
from viz.locale.translator import Translator, marked
from viz.messages import hint_of, with_words
from viz.model import Overview, OverviewPart, Problem
from viz.provenance.upgrade import diff_rows, shortened
from viz.service.client.submit import submit
from viz.text import Span, Text, text_width

CONTROL_CHARACTERS = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"
}
"""What is printed for each control character (C0, DEL, C1), by code point."""


CLEANED = {
    "markdown": marked("markdown"),
    "prompts": marked("prompts"),
    "outputs": marked("outputs"),
    "notebook-commands": marked("notebook commands"),
    "broken-cells": marked("broken cells"),
    "prose": marked("prose"),
    "quote-marks": marked("quote marks"),
    "line-numbers": marked("line numbers"),
    "diff": marked("marks of a diff"),
    "typography": marked("typographic characters"),
    "indentation": marked("indentation"),
}
"""What a pasted text was cleaned of, by the rules of :data:`viz.frontend.pasted.CLEANING`."""

_MORE = marked("{message} (-v shows them)")


def print_text(text: str) -> None:
    """Print a text on standard output; on a terminal with its control characters escaped."""
    print(escape_controls(text) if sys.stdout.isatty() else text)


def padded(text: str, width: int) -> str:
    """Return a text with blanks after it, or before it for a negative width, in terminal cells."""
    blanks = " " * (abs(width) - text_width(text))
    return blanks + text if width < 0 else text + blanks


def duration(seconds: float) -> str:
    """Return a time in the unit that fits it, such as ``3.1 ms``."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


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


KINDS = {
    "error": marked("error"),
    "warning": marked("warning"),
    "note": marked("note"),
    "hint": marked("hint"),
    "why": marked("why"),
    "mend": marked("mend"),
}
"""What a line on standard error begins with."""


def print_message(kind: str, message: str, _: Translator) -> None:
    """Print a line such as ``note: …`` on standard error."""
    line = _("{kind}: {message}", kind=_(KINDS[kind]), message=message)
    print(escape_controls(line), file=sys.stderr)


def print_problems(
    problems: Sequence[Problem], _: Translator, text: str = "", file: str = ""
) -> None:
    """Print problems on standard error, one line each, and the lines of the text they are about."""
    for problem in problems:
        kind = "note" if problem.severity == "info" else problem.severity
        message, hint = problem.text(_.language), problem.hint_text(_.language)
        if problem.span is not None and text:
            print_message(kind, message, _)
            _print_place(problem.span, text, file, _)
            if hint:
                print_message("hint", hint, _)
        else:
            print_message(kind, sentences(message, hint, _=_), _)


def sentences(*texts: str, _: Translator) -> str:
    """Return texts as sentences that follow one another."""
    stop = "。" if _.language == "zh" else "."
    ends = (".", "?", "!", "…", "。", "？", "！")
    return _.sentences(*(text if text.endswith(ends) else text + stop for text in texts if text))


def print_error(error: VizError | Problem, text: str, file: str, _: Translator) -> None:
    """Print an error, the line of the user's text that it is about, and the hint.

    Parameters
    ----------
    text
        The user's text, which the error's span refers to.
    file
        The name of the file, ``-`` for standard input.
    """
    print_message("error", error.what.text(_.language), _)
    if error.span is not None and text:
        _print_place(error.span, text, file, _)
    if hint := hint_of(error.what, error.advice, _.language):
        print_message("hint", hint, _)


def _print_place(span: Span, text: str, file: str, _: Translator) -> None:
    lines = Text(text)
    position = lines.position(span.start)
    name = "<stdin>" if file == "-" else file
    cell, line = cell_line(lines, position.line)
    inside = _("{name}, cell {cell}, line {line}", name=name, cell=cell, line=line)
    where = inside if cell else f"{name}:{line}"
    print(escape_controls(f"  --> {where}:{position.column}"), file=sys.stderr)
    print(escape_controls(lines.excerpt(span, line)), file=sys.stderr)


def _line_words(text: Text, line: int, _: Translator) -> str:
    """Return ``line 7``, or ``cell 3, line 2`` for a 1-based line of a notebook's text."""
    cell, inside = cell_line(text, line)
    if cell:
        return _("cell {cell}, line {line}", cell=cell, line=inside)
    return _("line {line}", line=inside)


def print_notes(options: argparse.Namespace, text: str, *, prim_funcs: bool = False) -> None:
    """Ask for the overview of a text and print the notes of :func:`print_overview_notes`.

    Parameters
    ----------
    prim_funcs
        Whether the command is about PrimFuncs alone: then a note names the Relax functions.
    """
    overview = submit(request(options, text, OverviewPart())).result()
    assert isinstance(overview, Overview)
    print_overview_notes(overview, options, text)
    relax = [each.name for each in overview.functions if each.kind == "relax"]
    others = [each.name for each in overview.functions if each.kind != "relax"]
    if prim_funcs and relax and others and not options.function:
        _ = options.words
        what = _(
            "Relax functions are left out: {relax}; this is about the PrimFuncs: {others}",
            relax=", ".join(relax),
            others=", ".join(others),
        )
        print_message("note", what, _)


def _upgrade_words(overview: Overview, count: int, _: Translator) -> str:
    if overview.generation is None:
        return _.plural(
            "an edit was made so that TVM reads this",
            "{count} edits were made so that TVM reads this",
            count,
        )
    brought = _.plural(
        "an older spelling was brought up to date",
        "{count} older spellings were brought up to date",
        count,
    )
    looks = overview.generation.text(_.language)
    return _("this looks like {generation}: {what}", generation=looks, what=brought)


def _print_upgrade(overview: Overview, lines: Text, _: Translator, *, verbose: bool) -> None:
    """Print what a text was written for; with ``verbose`` a sentence an edit, and a diff."""

    def note(message: str) -> None:
        print_message("note", message if verbose else _(_MORE, message=message), _)

    cleaned = dict.fromkeys(edit.rule for edit in overview.edits if edit.rule in CLEANED)
    if cleaned:
        what = _.list(_(CLEANED[rule]) for rule in cleaned)
        note(_("the text was cleaned of {what}", what=what))
    if count := sum(edit.rule not in CLEANED for edit in overview.edits):
        note(_upgrade_words(overview, count, _))
    if not verbose:
        return
    for edit in overview.edits:
        where = _line_words(lines, lines.position(edit.span.start).line, _)
        old, new = (shortened(words) or _("(nothing)") for words in (edit.old, edit.new))
        why = {"old": old, "new": new, "why": edit.text(_.language)}
        print_message("note", _("{where}: {old} → {new}: {why}", where=where, **why), _)
    for sign, words in diff_rows(lines.string, overview.upgraded) if count else ():
        print(escape_controls(f"{sign} {words}".rstrip()), file=sys.stderr)


def print_overview_notes(overview: Overview, options: argparse.Namespace, text: str) -> None:
    """Print which older spellings were replaced, what was left out, and warnings."""
    _: Translator = options.words
    lines = Text(text)
    if overview.edits:
        _print_upgrade(overview, lines, _, verbose=options.verbose)
    # What has a hint may be the very thing one wanted to see.
    for statement in overview.left_out:
        if statement.hint or options.verbose:
            where = _line_words(lines, lines.position(statement.span.start).line, _)
            left_out = _("{where}: left out {what}", where=where, what=statement.text(_.language))
            print_message("note", sentences(left_out, statement.hint_text(_.language), _=_), _)
    if len(overview.definitions) > 1 and not options.definition:
        names = ", ".join(definition.name for definition in overview.definitions)
        text = _(
            "showing {one} of {names} (--definition chooses)", one=overview.definition, names=names
        )
        print_message("note", text, _)
    print_problems([problem for problem in overview.problems if problem.severity != "error"], _)

"""List the stages of a dump, print one, or what differs between one and the one before.

``lower`` and ``ast`` do so where their file is a folder or a zip archive.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from viz.cli.commands.ast import ast
from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import padded, print_json, print_message, print_text
from viz.cli.request import BOTH
from viz.cli.unified_diff import print_diff, unified
from viz.dumps.difference import difference, dump_difference, shown_text
from viz.dumps.reading import find_stage, open_dump
from viz.errors import RequestError
from viz.locale.translator import Translator
from viz.messages import message_of
from viz.model import Diff, Dump
from viz.text import text_width


def recorded(options: argparse.Namespace) -> int:
    """Do what a command does with the stages of a dump; :data:`BAD` where two stages differ not.

    Raises
    ------
    VizError
        When the dump cannot be read or has no such stage, or the command takes none.
    """
    if options.command not in ("lower", "ast"):
        raise RequestError(message_of("dump-not-here"))
    dump = open_dump(options.file)
    if options.command == "ast":
        return _draw(options, dump)
    for name, is_given in (
        ("--verify", options.verify),
        ("--kernels", options.kernels),
        ("--target", bool(options.target)),
        ("--engine both", options.engine == BOTH),
    ):
        if is_given:
            raise RequestError(message_of("dump-only-recorded", option=name))
    named = any(options.function in stage.functions for stage in dump.stages)
    if options.function and not named:
        raise RequestError(message_of("dump-no-function", name=options.function))
    if options.pass_name is not None:
        return _print_stage(options, dump, find_stage(dump, options.pass_name))
    if options.json:
        print_json(dump)
    elif options.diff:
        _print_diffs(options, dump)
    else:
        print_text("\n".join(_table(dump, options)))
    _tell_left_out(options, dump)
    return GOOD


def _draw(options: argparse.Namespace, dump: Dump) -> int:
    """Draw the tree of a stage, of the first one if none is named."""
    wanted = {"input": "1", "final": str(len(dump.stages))}.get(options.stage, options.stage)
    stage = dump.stages[find_stage(dump, str(wanted)) - 1]
    options.stage, options.file = "input", stage.name
    return ast(options, stage.text)


def _table(dump: Dump, options: argparse.Namespace) -> Iterator[str]:
    """Yield the rows: number, file, the lines that it has more and less, functions, pass."""
    _: Translator = options.words
    rows = [
        (number, *_lines(dump, number, options.function), stage)
        for number, stage in enumerate(dump.stages, 1)
    ]
    width = max(text_width(stage.name) for *_rest, stage in rows)
    more, less = padded(_("added"), -8), padded(_("removed"), -8)
    name = padded(_("recorded stage"), width)
    yield f"{'':>3}   {name}  {more}  {less}  {_('functions'):>9}  {_('pass that its name names')}"
    for number, added, removed, stage in rows:
        is_changed = bool(added or removed) or number == 1
        if options.changed and not is_changed:
            continue
        sign = "*" if is_changed else " "
        counts = (f"+{added}" if added else "", f"-{removed}" if removed else "")
        head = f"{number:>3} {sign} {padded(stage.name, width)}"
        sums = f"{counts[0]:>{text_width(more)}}  {counts[1]:>{text_width(less)}}"
        functions = str(len(stage.functions) or "")
        yield f"{head}  {sums}  {functions:>9}  {stage.pass_name}".rstrip()


def _lines(dump: Dump, number: int, function: str) -> tuple[int, int]:
    """Return how many lines a stage has that the one before it has not, and the other way round."""
    if number == 1:
        return 0, 0
    rows = _text_difference(dump, number, function).lines
    added = sum(row.kind in ("added", "changed") for row in rows)
    return added, sum(row.kind in ("removed", "changed") for row in rows)


def _text_difference(dump: Dump, number: int, function: str) -> Diff:
    """Return the lines that differ between a stage and the one before it; nothing is parsed."""
    before, after = dump.stages[number - 2 : number]
    texts = (before.text, after.text)
    shown = (shown_text(before, function), shown_text(after, function))
    return difference(number, texts, None, None, shown)


def _print_stage(options: argparse.Namespace, dump: Dump, number: int) -> int:
    """Print a stage, or with ``--diff`` what differs from the one before."""
    stage = dump.stages[number - 1]
    _: Translator = options.words
    if not options.diff:
        if options.json:
            print_json(stage)
            return GOOD
        text = shown_text(stage, options.function)
        if not text:
            said = _("{stage} has no function {name}", stage=stage.name, name=options.function)
            print_message("note", said, _)
            return BAD
        print_text(text.rstrip("\n"))
        return GOOD
    if number == 1:
        raise RequestError(message_of("dump-nothing-before"))
    if options.json:
        print_json(dump_difference(dump, number, options.function))
        return GOOD
    lines = _unified(dump, number, options.function)
    if not lines:
        print_message("note", _("{name} changed nothing", name=stage.name), _)
    print_diff(lines)
    return GOOD


def _print_diffs(options: argparse.Namespace, dump: Dump) -> None:
    """Print what differs between each stage and the one before."""
    for number in range(2, len(dump.stages) + 1):
        print_diff(_unified(dump, number, options.function))


def _unified(dump: Dump, number: int, function: str) -> list[str]:
    names = [f"{at} {dump.stages[at - 1].name}" for at in (number - 1, number)]
    return list(unified(_text_difference(dump, number, function).lines, *names))


def _tell_left_out(options: argparse.Namespace, dump: Dump) -> None:
    """Say on standard error which files are no stages: all with ``-v``, else how many."""
    _: Translator = options.words
    if not dump.left_out:
        return
    if options.verbose:
        for file in dump.left_out:
            why = file.text(_.language)
            print_message("note", _("{name}: left out: {why}", name=file.name, why=why), _)
        return
    count = len(dump.left_out)
    said = _.plural("1 file is no stage", "{count} files are no stages", count)
    print_message("note", _("{message} (-v shows them)", message=said), _)

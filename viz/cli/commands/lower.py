"""``lower``: list the passes of a target, print the program after one, or what one changed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from viz.cli.commands.verify import verify
from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import (
    escape_controls,
    padded,
    print_error,
    print_json,
    print_message,
    print_overview_notes,
    print_text,
)
from viz.cli.request import request
from viz.errors import RequestError
from viz.locale.translator import Translator, marked
from viz.messages import message_of
from viz.model import (
    Diff,
    DiffLine,
    DiffPart,
    Overview,
    OverviewPart,
    Part,
    Pass,
    Reply,
    StageText,
    StageTextPart,
)
from viz.provenance import pass_queries
from viz.service.client.submit import submit

CONTEXT = 3
"""Unchanged lines that a diff shows around a change."""

PARTS = {"host": marked("host"), "device": marked("device"), "all": marked("all")}
"""Which half of the program a pass ran on."""

COLOURS = {"-": "\x1b[31m", "+": "\x1b[32m", "@": "\x1b[36m"}
"""ANSI colours by a diff line's first character."""

RESET = "\x1b[0m"
"""Ends a colour."""


def lower(options: argparse.Namespace, text: str) -> int:
    """Print the list of passes, or what ``--pass`` names; :data:`BAD` when lowering failed.

    Raises
    ------
    VizError
        When the text cannot be read, or there is no such pass.
    """
    if options.verify:
        return verify(options, text)
    if options.diff and options.pass_name is None:
        raise RequestError(message_of("diff-needs-pass"))
    part = OverviewPart(passes=True, counts=True)
    overview = submit(request(options, text, part, options.target)).result()
    assert isinstance(overview, Overview)
    print_overview_notes(overview, options, text)
    failures = [row.problem for row in overview.passes if row.problem is not None]
    errors = [problem for problem in overview.problems if problem.severity == "error"]
    if options.pass_name is not None and overview.passes:
        number = pass_queries.find_pass(overview.passes, options.pass_name)
        _print_pass(options, text, overview.passes, number)
        failures = failures if number == len(overview.passes) else []
        errors = []
    elif options.json:
        print_json(overview)
    elif overview.passes:
        print_text("\n".join(_table(overview.passes, options.words, changed=options.changed)))
    for problem in (*failures, *errors):
        print_error(problem, text, options.file, options.words)
    return BAD if failures or errors else GOOD


def _table(passes: Sequence[Pass], _: Translator, *, changed: bool) -> Iterator[str]:
    """Yield the rows: number, name, part, whether and how the program changed, time."""
    counts = pass_queries.counts(passes)
    width = max(len(row.name) for row in passes)
    name, part, node = padded("pass", width), padded(_("part"), 6), padded(_("nodes"), -6)
    yield f"{'':>3}   {name}  {part}  {node}  {'':>6}  {'ms':>7}"
    for row in passes:
        if changed and not row.changed and row.problem is None:
            continue
        sign = "✗" if row.problem is not None else "*" if row.changed else " "
        nodes = more = ""
        if row.number in counts:
            nodes = str(counts[row.number].nodes)
            more = f"{counts[row.number].more:+d}" if counts[row.number].more else ""
        half = padded(_(PARTS[row.part]), 6)
        yield (
            f"{row.number:>3} {sign} {row.name:<{width}}  {half}  {nodes:>6}  {more:>6}"
            f"  {row.seconds * 1e3:>7.2f}"
        )


def _print_pass(
    options: argparse.Namespace, text: str, passes: Sequence[Pass], number: int
) -> None:
    """Print the program after a pass, or with ``--diff`` what the pass changed in it."""
    if not options.diff:
        stage = _ask(options, text, StageTextPart(stage=number))
        assert isinstance(stage, StageText)
        print_json(stage) if options.json else print_text(stage.text)
        return
    if not number:
        raise RequestError(message_of("nothing-before-stage-0"))
    before = pass_queries.input_stage(passes, number)
    difference = _ask(options, text, DiffPart(before=before, after=number))
    assert isinstance(difference, Diff)
    if options.json:
        print_json(difference)
        return
    names = [
        f"{stage} {passes[stage - 1].name}" if stage else options.words("0 given")
        for stage in (before, number)
    ]
    lines = list(_unified(difference.lines, *names))
    if not lines:
        _: Translator = options.words
        print_message("note", _("{name} changed nothing", name=passes[number - 1].name), _)
    _print_diff(lines)


def _ask(options: argparse.Namespace, text: str, part: Part) -> Reply:
    return submit(request(options, text, part, options.target)).result()


def _print_diff(lines: Sequence[str]) -> None:
    """Print the lines of a unified diff, in colour on a terminal."""
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in lines:
        colour = COLOURS.get(line[0], "") if coloured else ""
        print(f"{colour}{escape_controls(line)}{RESET}") if colour else print_text(line)


def _unified(rows: Sequence[DiffLine], before: str, after: str) -> Iterator[str]:
    """Yield the lines of a unified diff; none when nothing differs."""
    differing = [i for i, row in enumerate(rows) if row.kind != "same"]
    if not differing:
        return
    yield f"--- {before}"
    yield f"+++ {after}"
    for start, end in _hunks(differing, len(rows)):
        hunk = rows[start:end]
        old = [row.before_line for row in hunk if row.before_line]
        new = [row.after_line for row in hunk if row.after_line]
        yield f"@@ -{_range(old)} +{_range(new)} @@"
        yield from _hunk(hunk)


def _hunks(differing: Sequence[int], end: int) -> Iterator[tuple[int, int]]:
    """Yield half-open ranges of rows, each the differing ones with their context.

    Ranges that touch are one.
    """
    start, last = max(differing[0] - CONTEXT, 0), differing[0]
    for row in differing[1:]:
        if row - last > 2 * CONTEXT:
            yield start, last + CONTEXT + 1
            start = row - CONTEXT
        last = row
    yield start, min(last + CONTEXT + 1, end)


def _range(lines: Sequence[int]) -> str:
    """Return the first line and the count of lines, as a hunk's head has them."""
    return f"{lines[0]},{len(lines)}" if lines else "0,0"


def _hunk(rows: Sequence[DiffLine]) -> Iterator[str]:
    """Yield the rows as lines of a unified diff: removed ones first, then added ones."""
    added: list[str] = []
    for row in rows:
        if row.kind == "same":
            yield from added
            added = []
            yield f" {row.before}"
        if row.kind in ("removed", "changed"):
            yield f"-{row.before}"
        if row.kind in ("added", "changed"):
            added.append(f"+{row.after}")
    yield from added

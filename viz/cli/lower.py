"""``lower``: the passes of a target's pipeline, the program after one, and what one changed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from viz.cli.arguments import request
from viz.cli.output import complain, notes_of, put, put_json, say, visible
from viz.cli.status import BAD, GOOD, Command
from viz.errors import RequestError
from viz.model import (
    Diff,
    DiffLine,
    DiffPart,
    Overview,
    OverviewPart,
    Pass,
    StageText,
    StageTextPart,
    encode,
)
from viz.provenance import pass_queries
from viz.service.client.client import submit

CONTEXT = 3
"""Unchanged lines that a diff shows around a change."""

COLOURS = {"-": "\x1b[31m", "+": "\x1b[32m", "@": "\x1b[36m"}
"""ANSI colours by a diff line's first character."""

PLAIN = "\x1b[0m"


def lower(options: argparse.Namespace, text: str) -> int:
    """List the passes, or print a program after one; the exit status tells of failed lowering."""
    if options.diff and options.wanted is None:
        raise RequestError("--diff needs a pass", hint="Name one: --pass FlattenBuffer --diff.")
    part = OverviewPart(passes=True, counts=True)
    overview = submit(request(options, text, part, options.target)).result()
    assert isinstance(overview, Overview)
    notes_of(overview, options, text)
    thrown = [row.problem for row in overview.passes if row.problem is not None]
    errors = [problem for problem in overview.problems if problem.severity == "error"]
    if options.wanted is not None and overview.passes:
        number = pass_queries.find_pass(overview.passes, options.wanted)
        _show(options, text, overview.passes, number)
        thrown = thrown if number == len(overview.passes) else []
        errors = []
    elif options.json:
        put_json(encode(overview))
    elif overview.passes:
        put("\n".join(_table(overview.passes, changed=options.changed)))
    for problem in (*thrown, *errors):
        complain(problem, text, options.file)
    return BAD if thrown or errors else GOOD


def _table(passes: Sequence[Pass], *, changed: bool) -> Iterator[str]:
    """Yield the rows: number, name, part, whether and how the program changed, time."""
    counts = pass_queries.counts(passes)
    width = max(len(row.name) for row in passes)
    yield f"{'':>3}   {'pass':<{width}}  {'part':<6}  {'nodes':>6}  {'':>6}  {'ms':>7}"
    for row in passes:
        if changed and not row.changed and row.problem is None:
            continue
        sign = "✗" if row.problem is not None else "*" if row.changed else " "
        nodes = more = ""
        if row.number in counts:
            nodes = str(counts[row.number].nodes)
            more = f"{counts[row.number].more:+d}" if counts[row.number].more else ""
        yield (
            f"{row.number:>3} {sign} {row.name:<{width}}  {row.part:<6}  {nodes:>6}  {more:>6}"
            f"  {row.seconds * 1e3:>7.2f}"
        )


def _show(options: argparse.Namespace, text: str, passes: Sequence[Pass], number: int) -> None:
    if options.diff and not number:
        raise RequestError("stage 0 is what the pipeline was given, no pass stands before it")
    if not options.diff:
        part = StageTextPart(stage=number)
        stage = submit(request(options, text, part, options.target)).result()
        assert isinstance(stage, StageText)
        put_json(encode(stage)) if options.json else put(stage.text)
        return
    before = pass_queries.input_stage(passes, number)
    difference = submit(
        request(options, text, DiffPart(before=before, after=number), options.target)
    ).result()
    assert isinstance(difference, Diff)
    if options.json:
        put_json(encode(difference))
        return
    names = [f"{each} {passes[each - 1].name}" if each else "0 given" for each in (before, number)]
    lines = list(_unified(difference.lines, *names))
    if not lines:
        say("note", f"{passes[number - 1].name} changed nothing")
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in lines:
        colour = COLOURS.get(line[0], "") if coloured else ""
        print(f"{colour}{visible(line)}{PLAIN}") if colour else put(line)


def _unified(rows: Sequence[DiffLine], before: str, after: str) -> Iterator[str]:
    """Yield the lines of a unified diff; none when nothing differs."""
    different = [i for i, row in enumerate(rows) if row.kind != "same"]
    if not different:
        return
    yield f"--- {before}"
    yield f"+++ {after}"
    for start, end in _hunks(different, len(rows)):
        hunk = rows[start:end]
        old = [row.before_line for row in hunk if row.before_line]
        new = [row.after_line for row in hunk if row.after_line]
        yield f"@@ -{_place(old)} +{_place(new)} @@"
        yield from _hunk(hunk)


def _hunks(different: Sequence[int], end: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of rows around the differing ones, joined where they touch."""
    start, last = max(different[0] - CONTEXT, 0), different[0]
    for row in different[1:]:
        if row - last > 2 * CONTEXT:
            yield start, last + CONTEXT + 1
            start = row - CONTEXT
        last = row
    yield start, min(last + CONTEXT + 1, end)


def _place(lines: Sequence[int]) -> str:
    return f"{lines[0]},{len(lines)}" if lines else "0,0"


def _hunk(rows: Sequence[DiffLine]) -> Iterator[str]:
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


COMMANDS: dict[str, Command] = {"lower": lower}

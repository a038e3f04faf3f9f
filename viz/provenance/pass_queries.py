"""Query the passes of a lowering: find one by name, its input stage, its node counts.

The build splits the module into host and device functions and runs the rest of the passes on each
half in turn, so the input of a pass is not always the stage before its number.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from viz.errors import RequestError
from viz.messages import message_of
from viz.model import DiffPart, Pass


class Count(NamedTuple):
    """How many Expr and Stmt nodes a pass left, and how many more than its input had.

    ``more`` is None where the stage before was not counted.
    """

    nodes: int
    more: int | None


def input_stage(passes: Sequence[Pass], number: int) -> int:
    """Return the number of the stage that a pass gets; 0 is the program."""
    part = passes[number - 1].part
    earlier = passes[: number - 1]
    for wanted in (part, "all", "relax", "schedule"):
        for row in reversed(earlier):
            if row.part == wanted:
                return row.number
    return 0


def find_pass(passes: Sequence[Pass], wanted: str) -> int:
    """Return the number of a pass by its name or number; 0 is a number too.

    A name may leave out what stands before its dot, and capitals. Of several runs of a pass the
    first that changed something is taken.

    Raises
    ------
    RequestError
        When no such pass ran.
    """
    if wanted.isdecimal():
        if int(wanted) <= len(passes):
            return int(wanted)
        raise RequestError(message_of("no-pass-number", number=wanted, last=len(passes)))
    runs = [row for row in passes if wanted.lower() in _names(row)]
    if not runs:
        known = {name for row in passes for name in (row.name, row.name.rpartition(".")[2])}
        close = difflib.get_close_matches(wanted, sorted(known), n=3)
        hint = message_of("did-you-mean", names=tuple(close)) if close else ""
        raise RequestError(message_of("no-pass-named", name=wanted), hint=hint)
    return next((row for row in runs if row.changed), runs[0]).number


def _names(row: Pass) -> tuple[str, str]:
    name = row.name.lower()
    return name, name.rpartition(".")[2]


def differences(passes: Sequence[Pass]) -> list[DiffPart]:
    """Return the requests for the diffs of all passes that changed something."""
    return [
        DiffPart(before=input_stage(passes, row.number), after=row.number)
        for row in passes
        if row.changed and row.problem is None
    ]


def counts(passes: Sequence[Pass]) -> dict[int, Count]:
    """Return the counts of the passes that changed something, by number."""
    after: dict[int, int | None] = {0: None}
    counted: dict[int, Count] = {}
    for row in passes:
        before = after[input_stage(passes, row.number)]
        after[row.number] = before
        if row.changed:
            nodes = sum(row.counts.values())
            after[row.number] = nodes
            counted[row.number] = Count(nodes, None if before is None else nodes - before)
    return counted

"""Print the program after a step of its schedule: its text, its tree, or what the step changed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from viz.cli.output import print_json, print_message, print_text
from viz.cli.request import request
from viz.cli.unified_diff import print_diff, unified
from viz.errors import RequestError
from viz.locale.translator import Translator
from viz.messages import message_of
from viz.model import (
    Diff,
    DiffPart,
    Part,
    Reply,
    ScheduleStop,
    StageName,
    StageText,
    StageTextPart,
    Tree,
    TreePart,
)
from viz.render import graph
from viz.service.client.submit import submit


def step_number(stops: Sequence[ScheduleStop], chosen: int | None) -> int:
    """Return the number of the stop that ``--at`` names; if it names none, of the last one done.

    Raises
    ------
    RequestError
        When there is no such stop.
    """
    if chosen is None:
        return next(stop.number for stop in reversed(stops) if stop.problem is None)
    if not 0 <= chosen < len(stops):
        raise RequestError(message_of("no-stage", stage=chosen, last=len(stops) - 1))
    return chosen


def print_stage(options: argparse.Namespace, text: str, stops: Sequence[ScheduleStop]) -> None:
    """Print the stage after a step as ``--show`` says.

    Parameters
    ----------
    text
        The program with the steps below it.
    stops
        The program, and what each step made of it.

    Raises
    ------
    RequestError
        When there is no step of the number that ``--at`` names, or nothing was done at it.
    """
    number = step_number(stops, options.at)
    problem = stops[number].problem
    if problem is not None:
        raise RequestError(message_of("step-not-done", step=number, last=number - 1))
    reply = _ask(options, text, _part(options.show, number))
    if options.json:
        print_json(reply)
    elif isinstance(reply, StageText):
        print_text(reply.text)
    elif isinstance(reply, Tree):
        print_text(graph.text_tree(reply, graph.View(limit=graph.MOST), options.words))
    else:
        assert isinstance(reply, Diff)
        _print_diff(reply, number, options.words)


def _part(shown: str, number: int) -> Part:
    if shown == "diff":
        if not number:
            raise RequestError(message_of("nothing-before-stage-0"))
        return DiffPart(before=_stage(number - 1), after=number)
    return StageTextPart(_stage(number)) if shown == "script" else TreePart(_stage(number))


def _stage(number: int) -> StageName:
    return number or "input"


def _print_diff(difference: Diff, number: int, _: Translator) -> None:
    names = (_("step {number}", number=n) if n else _("your program") for n in (number - 1, number))
    lines = list(unified(difference.lines, *names))
    if not lines:
        print_message("note", _("step {number} changed nothing", number=number), _)
    print_diff(lines)


def _ask(options: argparse.Namespace, text: str, part: Part) -> Reply:
    return submit(request(options, text, part, options.target)).result()

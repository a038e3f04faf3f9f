"""Put the steps of a schedule below a program, so that one text holds both."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from viz.model import ScheduleCode

HEAD = "def schedule({variable}):\n"
_ON = re.compile(r"^[^#\n]*?\b([A-Za-z_]\w*)\.[a-z_]+\(", re.M)
_COMPLETE = re.compile(r"^def \w+\(|^[A-Za-z_]\w* = .*\bSchedule\(", re.M)


def with_steps(text: str, steps: str) -> str:
    """Return a program's text with steps below it, which count instead of those it may hold.

    Parameters
    ----------
    steps
        A function with a parameter for the Schedule, a script that makes one, or the steps alone:
        these are put into a function.
    """
    body = textwrap.dedent(steps).strip("\n")
    if not _COMPLETE.search(body):
        found = _ON.search(body)
        head = HEAD.format(variable=found[1] if found else "sch")
        body = head + textwrap.indent(body or "pass", "    ")
    return f"{text.rstrip()}\n\n\n{body}\n"


def without_schedules(text: str, codes: Iterable[ScheduleCode]) -> str:
    """Return a text without the lines of its schedules.

    Parameters
    ----------
    codes
        The schedules of the text, whose spans are of it.
    """
    for code in sorted(codes, key=lambda code: code.span, reverse=True):
        start = text.rfind("\n", 0, code.span.start) + 1
        end = text.find("\n", code.span.end)
        text = text[:start] + (text[end + 1 :] if end >= 0 else "")
    return text.rstrip() + "\n"

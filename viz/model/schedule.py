"""Schedules: steps that a user wrote in Python, which change a program before its passes run."""

from __future__ import annotations

from typing import Literal

from viz.model.base import Plain, Problem
from viz.text import Span


class ScheduleStep(Plain, frozen=True):
    """One statement of a schedule, such as ``i0, i1 = sch.split(i, factors=[None, 16])``."""

    text: str
    span: Span
    """Its place in the user's text."""
    method: str = ""
    """The method of TVM's Schedule in today's spelling, the outermost where it calls several; empty
    for a statement that only names a value."""


class ScheduleCode(Plain, frozen=True):
    """The steps of one schedule of a text, in their order."""

    variable: str
    """The name of the Schedule."""
    definition: str
    """The name of the definition that it is made of; empty for any."""
    span: Span
    """From where the schedule is made, or the head of the function of its steps, to its end."""
    steps: tuple[ScheduleStep, ...] = ()
    off: tuple[ScheduleStep, ...] = ()
    """Steps that are switched off: they stand in comments, which are their spans."""


class SchedulePart(Plain, tag="schedule", frozen=True):
    """Ask for the user's schedule step by step: the loops after each."""

    offer: bool = False
    """Whether to write down as steps what the default schedule of the request's target, a GPU's,
    does to the program as it is after the user's steps."""


class NestNode(Plain, frozen=True):
    """A loop or a block of a loop nest; those inside it follow, one level deeper."""

    kind: Literal["function", "loop", "block"]
    name: str
    level: int
    extent: int | None = None
    """The rounds of a loop, where that is a number."""
    binding: str = ""
    """What a loop's rounds are given to: ``threadIdx.x``, ``parallel``, ``vectorized``,
    ``unrolled``; empty for one after the other."""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    """The buffers of a block, with their scope where that is not ``global``."""
    is_reduction: bool = False
    """Whether a block has an axis that it reduces over."""


class ScheduleStop(Plain, frozen=True):
    """The program after a step; the first stop is before all of them."""

    number: int
    """The stage of this number comes after the step."""
    step: ScheduleStep | None
    nest: tuple[NestNode, ...] = ()
    """The functions with their loops and blocks; empty where the step changed none of them."""
    problem: Problem | None = None
    """Why the step failed; it is the last one then."""


class ScheduleReport(Plain, frozen=True):
    """A user's schedule, step by step."""

    definition: str
    code: ScheduleCode | None
    """None where the text has no schedule of the definition."""
    stops: tuple[ScheduleStop, ...]
    offered: str = ""
    """The steps of the default schedule as the text of a Python function; empty if not asked for,
    or where nothing is left to schedule."""
    rules: tuple[str, ...] = ()
    """The rules of dlight that made them."""

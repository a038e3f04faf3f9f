"""Schedules: steps that a user wrote in Python, which change a program before its passes run."""

from __future__ import annotations

from typing import Literal

from viz.model.base import Plain, Problem
from viz.model.stages import ScheduleCode, ScheduleStep
from viz.model.verification import StageVerdict


class SchedulePart(Plain, tag="schedule", frozen=True):
    """Ask for the user's schedule step by step: the loops after each."""

    offer: bool = False
    """Whether to write down as steps what the default schedule of the request's target, a GPU's,
    does to the program as it is after the user's steps."""
    verify: bool = False
    """Whether to run the program after each step on the CPU, and compare it with what it was."""
    sizes: dict[str, int] = {}
    """With ``verify``: values of the variables in the buffers' shapes, by name."""


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
    verdicts: tuple[StageVerdict, ...] = ()
    """What running showed of each step that changed the program, where that was asked for."""

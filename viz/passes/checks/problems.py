"""Collect what the checks say of a program that was lowered for a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viz.ir.parse import Parsed
from viz.model import Problem
from viz.passes.checks import launch_limits, repeated_threads

if TYPE_CHECKING:
    from viz.passes.pipeline import Lowered

STOPPING = frozenset(("host-access", "memory-scope", "launch-limit"))
"""The codes of the warnings of what no GPU runs as the program means it."""


def problems(lowered: Lowered, parsed: Parsed) -> tuple[Problem, ...]:
    """Return warnings and remarks at their places in the user's text; none for a CPU target."""
    if not lowered.devices:
        return ()
    return (
        *(access.problem(parsed) for access in lowered.host_accesses),
        *(buffer.problem(parsed) for buffer in lowered.misplaced),
        *repeated_threads.problems(parsed),
        *launch_limits.problems(lowered, parsed),
    )


def stops(problem: Problem) -> bool:
    """Whether a program with this problem is not run at all."""
    return problem.code in STOPPING and problem.severity == "warning"

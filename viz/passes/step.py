"""One step of a build that is recorded: a pass, or a step of the user's schedule."""

from __future__ import annotations

from typing import Literal, NamedTuple

import tvm

from viz.model import ScheduleStep

Part = Literal["schedule", "relax", "all", "host", "device"]


class Step(NamedTuple):
    """What ran; ``after`` is ``before`` when it threw."""

    name: str
    before: tvm.IRModule
    after: tvm.IRModule
    seconds: float
    part: Part
    written: ScheduleStep | None = None
    """The step of the user's schedule, where it is one."""

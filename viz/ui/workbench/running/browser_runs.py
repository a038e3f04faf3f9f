"""Translate a run in a visitor's browser: what is launched there to a frame, its outputs back.

A run on a device of the browser is two questions: the first is answered with the launches, the
second has what they computed and is answered as any other run is.
"""

from __future__ import annotations

import math
from base64 import b64encode
from typing import Annotated, Any

import msgspec

from viz.messages import LANGUAGES
from viz.model import Clock, ComputedPart, LaunchPlan, Plain, RunPart, ShaderFault, catalog
from viz.ui.workbench import frames
from viz.ui.workspace import Workspace

MOST_FAULTS = 20
"""Messages of a browser's compiler that are taken; the first is explained."""

MOST_NAME = 500
"""Characters of what a browser calls its GPU."""

MOST_SECONDS = 3600.0


class Computed(Plain, frozen=True):
    """What a browser computed, or why it could not."""

    outputs: dict[str, bytes] = {}
    """The content of each output; base64 in JSON."""
    faults: Annotated[tuple[ShaderFault, ...], msgspec.Meta(max_length=MOST_FAULTS)] = ()
    adapter: Annotated[str, msgspec.Meta(max_length=MOST_NAME)] = ""
    build_seconds: float | None = None
    seconds: float | None = None
    clock: Clock = ""

    def __post_init__(self) -> None:
        for seconds in (self.build_seconds, self.seconds):
            if seconds is not None and not (
                math.isfinite(seconds) and 0 <= seconds <= MOST_SECONDS
            ):
                message = f"a time is from 0 to {MOST_SECONDS:g} seconds"
                raise ValueError(message)


class ComputedQuestion(Plain, frozen=True):
    """A question for the comparison of what a browser computed of the workspace's function."""

    workspace: Workspace
    run: RunPart
    computed: Computed

    def __post_init__(self) -> None:
        row = catalog.devices().get(self.run.device)
        if row is None or not row.in_browser:
            message = f"{self.run.device!r} does not run in a browser"
            raise ValueError(message)

    @property
    def part(self) -> ComputedPart:
        """What the engine is asked."""
        computed = self.computed
        return ComputedPart(
            run=self.run,
            outputs=computed.outputs,
            faults=computed.faults,
            adapter=computed.adapter,
            build_seconds=computed.build_seconds,
            seconds=computed.seconds,
            clock=computed.clock,
        )


def shown_plan(plan: LaunchPlan, text: str) -> dict[str, Any]:
    """Return the frame of the launches; content and uniforms are base64."""
    return {
        "kind": "plan",
        "kernels": [
            {
                "name": kernel.name,
                "text": kernel.text,
                "firstLine": kernel.first_line,
                "bindings": [[each.name, each.access, each.element] for each in kernel.bindings],
                "workgroup": kernel.workgroup,
                "workgroupBytes": kernel.workgroup_bytes,
                "extensions": kernel.extensions,
            }
            for kernel in plan.kernels
        ],
        "buffers": [
            {
                "name": buffer.name,
                "size": buffer.size,
                "content": None if buffer.content is None else b64encode(buffer.content).decode(),
                "isOutput": buffer.is_output,
            }
            for buffer in plan.buffers
        ],
        "launches": [
            {
                "kernel": launch.kernel,
                "grid": launch.grid,
                "buffers": launch.buffers,
                "uniform": b64encode(launch.uniform).decode(),
            }
            for launch in plan.launches
        ],
        "buildSeconds": plan.build_seconds,
        "problems": {
            language: [frames.shown_problem(each, text, language) for each in plan.problems]
            for language in LANGUAGES
        },
    }

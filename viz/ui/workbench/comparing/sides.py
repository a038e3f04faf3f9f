"""Say what stands on each side: the workspace's program, and what it is compared with."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from viz.errors import VizError
from viz.frontend.examples import gallery
from viz.frontend.program import read
from viz.frontend.schedule.compose import with_steps, without_schedules
from viz.model import Part, Request, catalog
from viz.ui.workspace import Workspace, normalised


class ComparedSide(NamedTuple):
    """A workspace with the program of a side, and the side's target."""

    workspace: Workspace
    target: str

    def request(self, part: Part) -> Request:
        """Return the request for a part of this side."""
        return self.workspace.request(part, self.target)


def compared_sides(workspace: Workspace) -> tuple[ComparedSide, ComparedSide]:
    """Return the side of the workspace's program and the other one."""
    against = workspace.against
    own = against.own or workspace.focused or _first_lowered(workspace.targets)
    example = gallery().get(against.example)
    text = against.text or (example.text if example is not None else "")
    other = workspace
    if text and text != workspace.text:
        other = msgspec.structs.replace(
            workspace, text=text, definition="", function="", arguments={}
        )
    if against.definition:
        other = msgspec.structs.replace(
            other, definition=against.definition, function="", arguments={}
        )
    if against.steps:
        other = msgspec.structs.replace(other, text=_with_steps(other.text, against.steps))
    elif not against.scheduled:
        other = msgspec.structs.replace(other, text=_unscheduled(other.text))
    return (
        ComparedSide(normalised(workspace), own),
        ComparedSide(normalised(other), against.target or own),
    )


def _first_lowered(targets: tuple[str, ...]) -> str:
    lowered = (name for name in targets if (row := catalog.target(name)) and row.has_pipeline)
    return next(lowered, "c")


def _with_steps(text: str, steps: str) -> str:
    """Return a text with other steps in the place of its own; one that cannot be read as it is."""
    try:
        return with_steps(text, steps)
    except VizError:
        return text


def _unscheduled(text: str) -> str:
    """Return a text without its schedules; one that cannot be read as it is."""
    try:
        return without_schedules(text, read(text).schedules)
    except VizError:
        return text

"""Passes of a target's pipeline, the stages between them, their diffs and links."""

from __future__ import annotations

from typing import Literal

import msgspec

from viz.model.base import Plain, Problem
from viz.model.emission import Certainty, Mark, Verified
from viz.text import Span

StageName = Literal["input", "scheduled", "final"] | int
"""``input`` is the user's module, ``scheduled`` what the pipeline is given, a number the stage
after that pass or step of the user's schedule (0 the one before the first), ``final`` what the
codegens are given: host and device functions together."""


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


class Pass(Plain, frozen=True):
    """One run of a pass."""

    number: int
    """Its place in the build, 1-based."""
    name: str
    """The name that TVM gives it, such as ``tirx.FlattenBuffer``."""
    part: Literal["schedule", "relax", "all", "host", "device"] = "all"
    """The functions that it was given: all, or after the split those of the host or a device. Of
    ``schedule`` it is no pass, but a step of the user's schedule, which come first; of ``relax`` it
    is one of Relax's passes, or the codegen of Relax's virtual machine, which come next."""
    changed: bool = False
    """Whether the module after it differs from the module before it."""
    seconds: float = 0.0
    """How long it ran."""
    counts: dict[str, int] = {}
    """Occurrences of Expr and Stmt nodes after it by ``type_key``; empty where it changed nothing
    or counts were not asked for."""
    problem: Problem | None = None
    """The error that it threw; such a pass is the last one."""
    written: ScheduleStep | None = None
    """The step of the user's schedule, where it is one."""


class StageText(Plain, frozen=True):
    """A stage as TVMScript, with marks that link its characters to nodes of the stage's Tree."""

    stage: StageName
    target: str
    text: str
    marks: tuple[Mark, ...] = ()
    verified: Verified = "none"


Range = tuple[int, int]
"""A half-open range of characters of a line, in code points."""


class DiffLine(Plain, frozen=True):
    """One row of a diff of two texts."""

    kind: Literal["same", "removed", "added", "changed"]
    before: str = ""
    """The line of the first text."""
    after: str = ""
    """The line of the second text."""
    before_line: int = 0
    """Its 1-based number in the first text, 0 where that has no such line."""
    after_line: int = 0
    """Its 1-based number in the second text, 0 where that has no such line."""
    removed: tuple[Range, ...] = ()
    """Characters of ``before`` that a changed line lost."""
    added: tuple[Range, ...] = ()
    """Characters of ``after`` that a changed line gained."""


class Change(Plain, frozen=True):
    """A node that differs between two stages."""

    kind: Literal["added", "removed", "changed", "moved"]
    before: int | None = None
    """Its id in the Tree before; None for an added node."""
    after: int | None = None
    """Its id in the Tree after; None for a removed node."""


class Diff(Plain, frozen=True):
    """The difference of two stages: of their texts, and of their trees paired by node identity."""

    before: StageName
    after: StageName
    target: str
    lines: tuple[DiffLine, ...] = ()
    """All lines of both TVMScript texts."""
    changes: tuple[Change, ...] = ()
    """The nodes that differ."""


class Link(msgspec.Struct, frozen=True, array_like=True):
    """A node of a stage and the node of a later stage that it became, as ids in their Trees."""

    before: int
    after: int
    certainty: Certainty


class Links(Plain, frozen=True):
    """The nodes of a stage that became nodes of a later one, by rising id in the later one."""

    before: StageName
    after: StageName
    target: str
    links: tuple[Link, ...] = ()


EventKind = Literal["made", "changed", "moved", "copied", "removed"]


class LifeEvent(Plain, frozen=True):
    """What happened to a node at a stage: by the pass that the stage comes after."""

    stage: StageName
    kind: EventKind
    """``made`` at ``input`` is by the user; ``copied`` when a loop was unrolled, for example."""
    node: int | None = None
    """Its id in the Tree of that stage; None for a node that was removed."""
    certainty: Certainty = "exact"
    """How sure it is that this is the node that was asked for."""
    count: int = 1
    """How many copies there are after ``copied``."""


class NodeLife(Plain, frozen=True):
    """The events of a node's life in a target's build, in order."""

    target: str
    events: tuple[LifeEvent, ...] = ()

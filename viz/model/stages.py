"""The passes of a target's pipeline, the stages between them, and what became of each node."""

from __future__ import annotations

from typing import Literal

import msgspec

from viz.model.base import Plain, Problem
from viz.model.emission import Certainty, Mark, Verified

StageName = Literal["input", "scheduled", "final"] | int
"""``input`` is the user's module, ``scheduled`` what the pipeline is given, a number the stage
after that pass, ``final`` what the codegens get (host and device functions together)."""


class Pass(Plain, frozen=True):
    """One run of a pass, in the order of the build.

    ``part`` says which functions it was given: all, or those of the host or a device after they
    were split. ``counts`` has the Expr and Stmt nodes of the stage after it by ``type_key``, by
    occurrence; it is left out where the pass changed nothing. A pass that threw has a ``problem``
    and is the last one.
    """

    number: int
    name: str
    part: Literal["all", "host", "device"] = "all"
    changed: bool = False
    seconds: float = 0.0
    counts: dict[str, int] = {}
    problem: Problem | None = None


class StageText(Plain, frozen=True):
    """A stage as TVMScript. Marks tie its characters to nodes of the stage's Tree."""

    stage: StageName
    target: str
    text: str
    marks: tuple[Mark, ...] = ()
    verified: Verified = "none"


Range = tuple[int, int]


class DiffLine(Plain, frozen=True):
    """One row of a diff of two texts, line numbers from 1 (0: the text has no such line).

    ``removed`` and ``added`` are the character ranges that differ inside a changed line.
    """

    kind: Literal["same", "removed", "added", "changed"]
    before: str = ""
    after: str = ""
    before_line: int = 0
    after_line: int = 0
    removed: tuple[Range, ...] = ()
    added: tuple[Range, ...] = ()


class Change(Plain, frozen=True):
    """A node that differs between two stages: ids in the Tree before, in the Tree after."""

    kind: Literal["added", "removed", "changed", "moved"]
    before: int | None = None
    after: int | None = None


class Diff(Plain, frozen=True):
    """What happened between two stages, as text and as trees paired by node identity."""

    before: StageName
    after: StageName
    target: str
    lines: tuple[DiffLine, ...] = ()
    changes: tuple[Change, ...] = ()


class Link(msgspec.Struct, frozen=True, array_like=True):
    """Two nodes of two stages that are the same thing: ids in either Tree, and how sure that is."""

    before: int
    after: int
    certainty: Certainty


class Links(Plain, frozen=True):
    """Which node of one stage became which of a later one, by rising id of the later one."""

    before: StageName
    after: StageName
    target: str
    links: tuple[Link, ...] = ()

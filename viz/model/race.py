"""A race, replayed: what two threads access in several orders, and a barrier that ends it."""

from __future__ import annotations

from typing import Literal

from viz.messages import Message
from viz.model.base import Plain, Problem
from viz.model.outcome import Finding, Sample
from viz.model.stages import StageName
from viz.model.verification import PlacedStatement

RacePolicy = Literal["first", "second", "both"]
"""Which of the two threads goes on first between two barriers; ``both``: each is held before it
writes what the other one accesses, until the other one is there too."""


class RaceAccess(Plain, frozen=True):
    """One access to the buffer that two threads race for."""

    thread: int
    """0 or 1: a track."""
    kind: Literal["reads", "writes"]
    element: str
    """As the program writes it, with numbers for the index: ``tile[3]``."""
    value: float | int | None
    """None where it is not finite, and where several lanes are accessed at once."""
    races: bool
    """Whether the other thread accesses the same element between the same two barriers, and one of
    the two writes it."""
    phase: int
    """How many barriers both had passed."""
    statement: int
    """Its place in ``statements``."""


class RaceOrder(Plain, frozen=True):
    """One order of the two threads, with what came of it."""

    policy: RacePolicy
    accesses: tuple[RaceAccess, ...]
    """In the order in which they were made."""


class BarrierTrial(Plain, frozen=True):
    """A barrier that was put into the user's text, and how the checked run of that ended."""

    line: int
    """1-based line of the user's text before which it stands."""
    passed: bool
    why: Message
    """How the run ended."""


class RaceReplay(Plain, frozen=True):
    """Two threads that race, replayed by the Python codegen."""

    finding: Finding
    """The race, as the checked emulator found it: the later thread first."""
    stage: StageName
    """The stage whose program is replayed; its Tree has the nodes."""
    target: str
    threads: tuple[tuple[int, int, int], ...] = ()
    """``threadIdx`` of the two tracks, the earlier thread first; empty where it is not replayed."""
    block: tuple[int, int, int] = (0, 0, 0)
    statements: tuple[PlacedStatement, ...] = ()
    """The statements that access the buffer."""
    orders: tuple[RaceOrder, ...] = ()
    output: str = ""
    """Name of an output that differs between two orders; empty where none does."""
    differs: Sample | None = None
    """Its first element that differs: ``expected`` is that of the first order, ``got`` that of the
    order ``other``."""
    other: RacePolicy = "second"
    barriers: tuple[BarrierTrial, ...] = ()
    """The barriers that were tried, the last one where one ended the race."""
    mended: str = ""
    """The user's text with that barrier; empty where none helps."""
    problems: tuple[Problem, ...] = ()

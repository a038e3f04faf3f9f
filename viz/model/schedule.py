"""Schedules: steps that a user wrote in Python, which change a program before its passes run."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from viz.messages import Message
from viz.model.base import Plain, Problem
from viz.model.stages import ScheduleCode, ScheduleStep
from viz.model.verification import StageVerdict


class SchedulePart(Plain, tag="schedule", frozen=True):
    """Ask for the user's schedule step by step: the loops after each."""

    offer: bool = False
    """Whether to write down as steps what the default schedule of the request's target, a GPU's,
    does to the program as it is after the user's steps."""
    verify: bool = False
    """Whether to run the program after each step, and compare it with what it was: through LLVM
    until a loop is bound to threads, then by the interpreter, maybe on fewer blocks."""
    device: Literal["llvm", "cuda-emulated"] = "llvm"
    """With ``verify``: ``cuda-emulated`` lets the emulator run the program too once its loops
    are bound to blocks or threads: as CUDA text, with races and accesses outside of buffers looked
    for."""
    sizes: dict[str, int] = {}
    """With ``verify``: values of the variables in the buffers' shapes, by name."""


class ChoicesPart(Plain, tag="choices", frozen=True):
    """Ask what a step can do with a loop, a block or a buffer of the program.

    Each is tried on a copy of the schedule. On a target with threads copies go into its shared and
    local memory.
    """

    step: int | None = None
    """After which step, by the number of its stage; 0 for the program as it is written, None for
    the last step."""
    node: int | None = None
    """Its id in the Tree of that stage; a node inside of one stands for it."""
    name: str = ""
    """Its name, in the place of ``node``."""


class ScheduleChoice(Plain, frozen=True):
    """A step that is possible, or why it is not."""

    method: str
    lines: tuple[str, ...]
    """The step, after those that find the loops and blocks that have no name yet."""
    why_not: Message | None = None
    """Why it cannot be done; None where it can."""


class ScheduleChoices(Plain, frozen=True):
    """What the steps of a schedule can do with a loop, a block or a buffer."""

    definition: str
    step: int
    node: int
    """The id of the loop, the block or the first use of the buffer in the Tree of that stage."""
    kind: Literal["loop", "block", "buffer"]
    name: str
    choices: tuple[ScheduleChoice, ...]
    """Those that can be done first."""


class NestNode(Plain, frozen=True):
    """A loop or a block of a loop nest; those inside it follow, one level deeper."""

    kind: Literal["function", "loop", "block"]
    name: str
    level: int
    node: int = 0
    """Its id in the Tree of the stage."""
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

    @property
    def line(self) -> str:
        """The node in a line, such as ``for i < 8 · threadIdx.x`` and ``C: A, B → C Σ``."""
        if self.kind == "function":
            return self.name
        if self.kind == "loop":
            extent = "?" if self.extent is None else str(self.extent)
            return f"for {self.name} < {extent}{f' · {self.binding}' if self.binding else ''}"
        sign = " Σ" if self.is_reduction else ""
        return f"{self.name}: {', '.join(self.reads)} → {', '.join(self.writes)}{sign}"


class ScheduleStop(Plain, frozen=True):
    """The program after a step; the first stop is before all of them."""

    number: int
    """The stage of this number comes after the step."""
    step: ScheduleStep | None
    nest: tuple[NestNode, ...] = ()
    """The functions with their loops and blocks; empty where the step changed none of them."""
    left_out: int = 0
    """How many loops and blocks come after those: a nest has at most 400."""
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


SearchMeasure = Literal["time", "cost"]
"""``time``: of a call through LLVM on this machine's CPU; ``cost``: what its accesses to memory
cost on the emulator, as a CUDA kernel."""


MOST_SEARCHED = 64
"""Schedules that a search may measure."""


class SearchPart(Plain, tag="search", frozen=True):
    """Ask for other schedules of a function, the best ones first.

    They are drawn from what dlight's rules and MetaSchedule's design space have for the program as
    it is written, without the user's steps.
    """

    count: Annotated[int, msgspec.Meta(ge=1, le=MOST_SEARCHED)] = 16
    """How many schedules are measured."""
    seed: int = 0
    """Seed of the draws and of the random inputs."""
    by: SearchMeasure = "time"
    tune: bool = False
    """With ``time``: go on from the fastest ones in generations, instead of drawing all alike."""
    sizes: dict[str, int] = {}
    """Values of the variables in the buffers' shapes, by name."""
    seconds: float = 35.0
    """Seconds after which no further schedule is measured."""


class CandidateCost(Plain, frozen=True):
    """What the accesses of a schedule's kernels cost, summed over their sites."""

    sectors: int
    """32-byte sectors of global memory."""
    ideal_sectors: int
    conflicts: int
    """Wavefronts of shared memory beyond one for each part of a request."""
    is_complete: bool
    """Whether all blocks of all kernels were counted; else the figures are those of some."""
    has_unknown_conflicts: bool = False
    """Whether fragments of tensor cores lie in shared memory: what conflicts these have is not
    known, and ``conflicts`` has none of them."""


class ScheduleCandidate(Plain, frozen=True):
    """A schedule that was found, as steps to take over."""

    rule: str
    """What made it, such as ``dlight.gpu.Matmul``, or ``meta_schedule 2`` of the second sketch;
    empty for the program as it is written."""
    steps: str
    """The text of a Python function with its steps; empty for the program as it is written."""
    seconds: float | None = None
    """Median time of a call; all were measured in turns."""
    cost: CandidateCost | None = None
    passed: bool | None = None
    """Whether it computes what the program as it is written does; None where that is not known."""
    problem: Problem | None = None
    """Why it could not be built, run or measured."""


class ScheduleSearch(Plain, frozen=True):
    """Schedules of a function, the best ones first."""

    definition: str
    function: str
    by: SearchMeasure
    candidates: tuple[ScheduleCandidate, ...]
    """With ``time`` the program as it is written is among them."""
    drawn: int = 0
    """Draws in all; the target refused the others, or they came twice."""
    is_cut: bool = False
    """Whether the time was up before all were measured."""
    seed: int = 0
    """Of the draws."""

"""What runs by the Python codegen showed: stages compared with the first one, a race replayed."""

from __future__ import annotations

from typing import Literal

from viz.messages import Message
from viz.model.base import Plain, Problem
from viz.model.outcome import Finding, Sample, Value
from viz.model.stages import StageName
from viz.text import Span

Verdict = Literal["right", "same", "wrong", "unable", "unchecked"]
"""What is known of a stage. ``right``: it ran, and its outputs are those of the first stage.
``same``: it writes the same Python program as the stage before. ``wrong``: its outputs differ, or
it stops with an error. ``unable``: it cannot be run. ``unchecked``: an earlier stage is wrong."""


VerdictBy = Literal["", "llvm", "interpreter", "emulator"]
"""What ran a step of a schedule: LLVM, threads one after the other; the interpreter, all threads
at once; or the emulator, as CUDA text."""


class StageVerdict(Plain, frozen=True):
    """What running one stage of a pipeline showed."""

    stage: StageName
    """``input``, ``scheduled``, or the number of a pass that changed the module."""
    name: str
    """TVM's name of that pass; empty for the others."""
    verdict: Verdict
    why: Message | None = None
    """Why it cannot be run, what is wrong, or what of it was not run."""
    seconds: float = 0.0
    """How long it took to write its program and run it."""
    rounds: int = 0
    """How many rounds its loops had, threads included."""
    by: VerdictBy = ""
    """Of a step of a schedule what ran it; empty where nothing did."""


class PlacedStatement(Plain, frozen=True):
    """A statement of a stage that was run, and where it comes from."""

    stage: StageName
    """The stage that has the statement."""
    node: int
    """Its id in the Tree of that stage."""
    label: str
    """The node's title and label, such as ``BufferStore B``."""
    python: str
    """Its line of the Python program, without the indent."""
    values: dict[str, int] = {}
    """The loop variables and thread indices at that moment, by their names in the program."""
    input_node: int | None = None
    """Id of the node of the Tree of the stage ``input`` that it comes from."""
    span: Span | None = None
    """The place in the user's text that it comes from."""
    line: int | None = None
    """1-based line of the user's text where ``span`` begins."""
    own_text: str = ""
    """That line of the user's text, without its indent."""


class WrongStage(Plain, frozen=True):
    """The first stage that does not compute what the first one does."""

    stage: StageName
    name: str
    """The pass that made it; empty where it is the input, or made by the default schedule."""
    what: Message
    output: str = ""
    """Name of the output that differs; empty where the program stopped with an error."""
    first: Sample | None = None
    """The first element that differs, in row-major order."""
    mismatches: int = 0
    elements: int = 0
    """How many elements the output has."""
    writer: PlacedStatement | None = None
    """The store that wrote the element last, or the statement at which the program stopped; None
    where nothing writes the element."""
    writer_before: PlacedStatement | None = None
    """The store that wrote it last at the stage before, where that is another one: the stage left
    that out, or moved it."""

    @property
    def fault(self) -> PlacedStatement | None:
        """The store that is to blame: the one that went missing, else the one that wrote last."""
        return self.writer_before or self.writer


class Verification(Plain, frozen=True):
    """What running every stage of a pipeline on the same inputs showed."""

    target: str
    function: str
    stages: tuple[StageVerdict, ...]
    """The input, the schedule, and every pass that changed the module, in order."""
    wrong: WrongStage | None = None
    """The first wrong stage; None where there is none."""
    reference: Message | None = None
    """What the outputs of the first stage were compared with; None where there is nothing."""
    sizes: dict[str, int] = {}
    """The values of the variables in the buffers' shapes."""
    most_rounds: int = 0
    """Rounds of loops at which a stage was stopped."""
    most_seconds: float = 0.0
    """Seconds after which no further stage was run."""
    seed: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def compared(self) -> int:
        """How many stages were compared with the first that ran, and compute the same."""
        return max(0, sum(stage.verdict in ("right", "same") for stage in self.stages) - 1)

    @property
    def passed(self) -> bool:
        """Whether stages could be compared, and none is wrong."""
        return self.wrong is None and self.compared > 0


# ---------------------------------------------------------------- races

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
    value: Value | None
    """None where several lanes are accessed at once."""
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

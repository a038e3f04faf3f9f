"""Two sides beside each other: what each is, and how their texts, trees, outputs and costs pair.

The first side is called ``before`` and the second ``after``, as in a diff; neither has to be older.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from viz.messages import Message
from viz.model.analysis import Analysis
from viz.model.base import EngineName, Plain, Problem, Scalar
from viz.model.emission import TextForm
from viz.model.outcome import Comparison, Outcome
from viz.model.request import Options
from viz.model.running.cost import AccessKind, Figures, MemorySpace
from viz.model.stages import DiffLine

PairKind = Literal["kept", "changed", "moved"]
"""``kept``: both nodes say the same and stand below the same; ``changed``: they differ in their
type, dtype, name or fields, whatever stands below them; ``moved``: they say the same, below nodes
that are no pair or in another order."""


class Side(Plain, frozen=True):
    """What is on one side of a comparison."""

    text: str
    """A program, as for :func:`viz.analyze`."""
    definition: str = ""
    """Name of a definition; the first if empty."""
    function: str = ""
    """Name of a PrimFunc of the definition; all of them if empty."""
    arguments: dict[str, Scalar] = {}
    """Values of a factory's arguments, by name."""
    options: Options = Options()
    """Settings of the target."""
    target: str = ""
    """The target that it is lowered for; empty for those that the comparison names."""
    engine: EngineName = ""
    """The engine that answers, as for :func:`viz.analyze`."""
    steps: str = ""
    """Steps of a schedule, which count instead of those of the text; those of the text if empty."""
    scheduled: bool = True
    """Whether the schedule counts that stands in the text."""


class NodePair(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A node of each side that are counterparts, as ids in their Trees."""

    before: int
    after: int
    kind: PairKind


class TreePairs(Plain, frozen=True):
    """How the nodes of two Trees pair: each node of either is in one pair or has no counterpart."""

    pairs: tuple[NodePair, ...] = ()
    """By rising id of the first."""
    removed: tuple[int, ...] = ()
    """Nodes that are in the first Tree only."""
    added: tuple[int, ...] = ()
    """Nodes that are in the second Tree only."""

    @property
    def is_same(self) -> bool:
        """Whether every node has a counterpart that says the same in the same place."""
        kept = all(pair.kind == "kept" for pair in self.pairs)
        return kept and not self.removed and not self.added


class EmissionPair(Plain, frozen=True):
    """Two emitted texts that are counterparts, or one that has none."""

    title: str
    part: Literal["host", "device"]
    form: TextForm
    before: int | None
    """Its place among the emissions of the first side; None where that has no such text."""
    after: int | None
    lines: tuple[DiffLine, ...] = ()
    """The lines of both, from the first that a node wrote; empty where one is missing."""

    @property
    def is_same(self) -> bool:
        """Whether both are there and say the same from the first line that a node wrote."""
        both = self.before is not None and self.after is not None
        return both and all(row.kind == "same" for row in self.lines)


class TargetPair(Plain, frozen=True):
    """What the sides become for a target each."""

    before: str
    """The target of the first side."""
    after: str
    tree: TreePairs | None = None
    """How the final Trees pair; None where a side failed."""
    texts: tuple[EmissionPair, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether the same is written for both."""
        return self.tree is not None and all(text.is_same for text in self.texts)


class SitePair(Plain, frozen=True):
    """An access to memory in the kernels of both sides, or of one."""

    kernel: str
    """Name of the kernel of the side that has it, of the first one if both."""
    kind: AccessKind
    space: MemorySpace
    buffer: str
    before: Figures | None
    """Its figures on the first side; None where that has no such access."""
    after: Figures | None
    before_line: int | None = None
    """1-based line of the user's text that it comes from, on each side."""
    after_line: int | None = None
    before_node: int | None = None
    """Its node in the final Tree, on each side."""
    after_node: int | None = None


class KernelPair(Plain, frozen=True):
    """The cost of a kernel on both sides: sums over its accesses."""

    name: str
    before: Figures | None
    """Sums on the first side; None where that has no such kernel, or could not count it."""
    after: Figures | None
    problems: tuple[Message | None, Message | None] = (None, None)
    """Why the accesses of a side were not counted."""
    is_complete: bool = True
    """Whether all blocks were looked at, on both sides; otherwise the sums are of some of them."""
    sites: tuple[SitePair, ...] = ()

    @property
    def is_same(self) -> bool | None:
        """Whether both sides cost the same; None where one was not counted."""
        return None if any(self.problems) else self.before == self.after


class ComparedRuns(Plain, frozen=True):
    """What running both sides on the same inputs gave."""

    target: tuple[str, str]
    """The target of each side."""
    device: tuple[str, str]
    """The device that was asked for on each side."""
    before: Outcome | None = None
    """The run of the first side, compared with its reference; None where it could not run."""
    after: Outcome | None = None
    problems: tuple[Problem | None, Problem | None] = (None, None)
    """Why a side could not run, or its outputs are too large to be compared."""
    outputs: tuple[Comparison, ...] = ()
    """Outputs of one name: what the second side computed against what the first one did."""
    alone: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Names of outputs without a counterpart of the same shape, on each side."""
    kernels: tuple[KernelPair, ...] = ()
    """What the kernels cost, where that was counted on both sides."""

    @property
    def is_same(self) -> bool:
        """Whether both ran, all outputs agree, and where costs are counted these are equal."""
        ran = self.before is not None and self.after is not None and not any(self.problems)
        agree = all(output.passed for output in self.outputs) and not any(self.alone)
        return ran and agree and all(pair.is_same for pair in self.kernels)


class ProgramComparison(Plain, frozen=True):
    """Two programs side by side: what :func:`viz.compare` returns."""

    before: Analysis
    """The first side; its targets in the order of ``targets``."""
    after: Analysis
    lines: tuple[DiffLine, ...]
    """The lines of the users' texts."""
    tree: TreePairs
    """How the nodes of the programs as written pair."""
    targets: tuple[TargetPair, ...] = ()
    runs: tuple[ComparedRuns, ...] = ()
    """One a pair of targets, where running was asked for."""

    @property
    def is_same_text(self) -> bool:
        """Whether the users' texts are equal."""
        return self.before.text == self.after.text

    @property
    def is_same(self) -> bool:
        """Whether programs, emitted texts, outputs and costs are the same.

        Comments and blanks of the users' texts may differ.
        """
        targets = all(target.is_same for target in self.targets)
        return self.tree.is_same and targets and all(run.is_same for run in self.runs)

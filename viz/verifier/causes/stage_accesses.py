"""Count the accesses of each stage of a build, on the same inputs and the same blocks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple

import numpy as np

from viz.ir.functions import only
from viz.ir.walker import Walks
from viz.model import Figures, StageName, Tree
from viz.passes.function_roles import is_bound
from viz.passes.recording import Recording
from viz.provenance.stage_diff import Walked
from viz.step.accesses.recorder import AccessKey
from viz.step.accesses.run import accesses
from viz.step.kernel_calls import LAUNCH
from viz.step.writer import Part
from viz.verifier.stage_programs import SPLIT
from viz.verifier.stage_runs import copied

Sites = dict[int, dict[AccessKey, Figures]]
"""What was counted at each node of a tree, by kind and width of the access."""


class _Counted(NamedTuple):
    """What a stage showed, with the first node of each of its functions."""

    starts: tuple[int, ...]
    sites: Sites
    doubtful: frozenset[int]


def changed_stages(recording: Recording) -> Iterator[StageName]:
    """Yield the input, and each stage of a kernel that differs from the one before; the final one.

    Raises
    ------
    VizError
        What ended the build.
    """
    recording.built()
    yield "input"
    own = sum(step.part == "schedule" for step in recording.steps)
    for number, (step, changed) in enumerate(
        zip(recording.steps, recording.changed, strict=True), 1
    ):
        if number == own + 1 and not _has_threads(recording, own or "input"):
            yield "scheduled"
        if changed and step.part != "host":
            yield number
    yield "final"


def _has_threads(recording: Recording, stage: StageName) -> bool:
    return any(map(is_bound, recording.stage(stage).functions.values()))


class StageAccesses:
    """Runs the stages of one function of a recorded build.

    Parameters
    ----------
    arguments
        Arrays for buffers and numbers for scalars by name, in the order of the parameters.
    blocks
        How many blocks of each kernel run.
    until
        The moment of ``time.monotonic()`` at which it ends.
    """

    def __init__(
        self,
        recording: Recording,
        function: str,
        walks: Walks,
        arguments: dict[str, Any],
        *,
        blocks: int,
        until: float,
    ) -> None:
        self._recording = recording
        self._function = function
        self._walks = walks
        self._arguments = arguments
        self._blocks = blocks
        self._until = until
        names = [step.name for step in recording.steps]
        self._split = names.index(SPLIT) + 1 if SPLIT in names else len(names) + 1
        used = {str(each.name_hint) for each in only(recording.input, function).functions}
        self._others = {str(each.name_hint) for each in recording.input.functions} - used
        self._counted: dict[Hashable, _Counted] = {}
        self._doubtful: dict[StageName, frozenset[int]] = {}
        self._trees: dict[StageName, Tree] = {}
        self._roots: dict[StageName, Any] = {}
        self.blocks = 0
        """The most blocks of a kernel that ran."""

    def tree(self, stage: StageName) -> Tree:
        """Return the tree of a stage."""
        if stage not in self._trees:
            nodes = tuple(node for node, _ in self.objects(stage))
            self._trees[stage] = Tree(stage=stage, target=self._recording.target, nodes=nodes)
        return self._trees[stage]

    def objects(self, stage: StageName) -> Walked:
        """Return the nodes of a stage with TVM's objects."""
        if stage not in self._roots:
            self._roots[stage] = self._recording.stage(stage)
        known = self._recording.final if stage == "final" else None
        return self._walks.objects(self._roots[stage], known)

    def doubtful(self, stage: StageName) -> frozenset[int]:
        """Return the nodes of a stage that ran whose accesses values decide that are not known."""
        return self._doubtful.get(stage, frozenset())

    def sites(self, stage: StageName) -> Sites:
        """Return what the accesses of a stage cost.

        Raises
        ------
        UnableError
            When it cannot be run.
        """
        tree = self.tree(stage)
        functions = list(_of_kernels(tree, self._others))
        starts = tuple(start for start, _ in functions)
        kernels = tuple(what for _, what in functions)
        if (counted := self._counted.get(kernels)) is None:
            counted = self._counted[kernels] = self._run(stage, tree, starts)
        to = _moving(counted.starts, starts)
        self._doubtful[stage] = frozenset(map(to, counted.doubtful))
        return _moved(counted.sites, to)

    def _run(self, stage: StageName, tree: Tree, starts: tuple[int, ...]) -> _Counted:
        is_split = stage == "final" or (isinstance(stage, int) and stage > self._split)
        trees = [self.tree(self._split), tree] if is_split else [tree]
        arguments = {
            name: copied(value) if isinstance(value, np.ndarray) else value
            for name, value in self._arguments.items()
        }
        found = accesses(trees, self._function, arguments, blocks=self._blocks, until=self._until)
        sites: Sites = {}
        for key, figures in found.sites.items():
            sites.setdefault(key.node, {})[key] = figures
        self.blocks = max(self.blocks, found.blocks)
        return _Counted(starts, sites, found.doubtful)


def _of_kernels(tree: Tree, others: set[str]) -> Iterator[tuple[int, Hashable]]:
    """Yield the first node of each function that may be of a kernel, and what its run depends on.

    A function that only launches kernels is none: how it does so makes no difference.
    """
    for child in tree.nodes[0].children:
        part = Part(tree, tree.nodes[child.id])
        if part.key != "tirx.PrimFunc" or part.node.path in others:
            continue
        below = list(part.below())
        if part.field("attrs[calling_conv]") == "1" or any(
            each.field("op") == LAUNCH for each in below
        ):
            continue
        start = part.node.id
        yield (
            start,
            tuple(
                (
                    node.type_key,
                    node.dtype,
                    tuple(node.fields.items()) if node.kind != "func" else (),
                    tuple((child.field, child.id - start) for child in node.children),
                    None if node.variable is None else node.variable - start,
                )
                for node in (each.node for each in below)
            ),
        )


def _moving(before: tuple[int, ...], after: tuple[int, ...]) -> Callable[[int], int]:
    """Return a function from nodes of one tree to those of another with the same functions."""
    starts = sorted(zip(before, after, strict=True))

    def moved(node: int) -> int:
        old, new = next(pair for pair in reversed(starts) if pair[0] <= node)
        return node - old + new

    return moved


def _moved(sites: Sites, to: Callable[[int], int]) -> Sites:
    """Return the sites of a tree whose functions have only other numbers."""
    return {
        to(node): {key._replace(node=to(node)): figures for key, figures in found.items()}
        for node, found in sites.items()
    }

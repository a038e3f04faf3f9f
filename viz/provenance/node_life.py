"""Follow a node through the stages of a build: where it was made, changed, moved, and ended.

What became of it from stage to stage is what :mod:`viz.provenance.stage_diff` says, so each event
is one that a drawing of that stage shows in colour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from viz.errors import RequestError
from viz.messages import message_of
from viz.model import Certainty, EventKind, LifeEvent, Pass, StageName
from viz.provenance.pass_queries import input_stage
from viz.provenance.stage_diff import Identities, Walked, changes, pairs

AT_FIRST: StageName = "input"


class _Step(NamedTuple):
    """From one stage to a next one: which node became which, and what changed."""

    after: StageName
    partners: dict[int, tuple[int, Certainty]]
    """The node before and how sure that is, by the node after."""
    kinds: dict[int, list[EventKind]]
    """What became of a node, by its id after."""


def stage_steps(rows: Sequence[Pass], *, complete: bool) -> list[tuple[StageName, StageName]]:
    """Return the pairs of stages that follow each other and may differ, in order.

    After the split of host and device a stage has two next ones, and the final one two before it; a
    third is what the codegen of Relax's virtual machine, the last of Relax's steps, was given.

    Parameters
    ----------
    rows
        The passes of a build.
    complete
        Whether it reached its end.
    """

    def held(number: int) -> int:
        """Return the last stage that differs from the one before it."""
        while number and not rows[number - 1].changed:
            number = input_stage(rows, number)
        return number

    steps: list[tuple[StageName, StageName]] = [(AT_FIRST, 0)] if rows else []
    steps += [(held(input_stage(rows, row.number)), row.number) for row in rows if row.changed]
    if complete and rows:
        ends = [
            max((row.number for row in rows if row.part == part), default=0)
            for part in ("host", "device")
        ]
        relax = [row.number for row in rows if row.part == "relax"]
        ends += [input_stage(rows, number) for number in relax[-1:]]
        steps += [(held(number), "final") for number in ends if number]
    return steps


class Life:
    """Nodes of a build, to be followed.

    Parameters
    ----------
    steps
        :func:`stage_steps`.
    walked
        Gives the nodes of a stage.
    identities
        Those of the engine's objects.
    """

    def __init__(
        self,
        steps: list[tuple[StageName, StageName]],
        walked: Callable[[StageName], Walked],
        identities: Identities,
    ) -> None:
        self._names = steps
        self._identities = identities
        self._walked = walked
        self._known: dict[tuple[StageName, StageName], _Step] = {}
        self._nodes: dict[StageName, Walked] = {}

    def events(self, stage: StageName, node: int) -> tuple[LifeEvent, ...]:
        """Return what happened to a node, from where it was made to where it ended.

        Of several copies that a pass made of it the first one is followed.

        Raises
        ------
        RequestError
            When the stage has no such node.
        """
        last = len(self._nodes_of(stage)) - 1
        if node > last:
            raise RequestError(message_of("no-node", node=node, last=last))
        return (*reversed([*self._back(stage, node)]), *self._on(stage, node))

    def _step(self, before: StageName, after: StageName) -> _Step:
        known = self._known.get((before, after))
        if known is not None:
            return known
        old, new = self._nodes_of(before), self._nodes_of(after)
        kinds: dict[int, list[EventKind]] = {}
        for change in changes(old, new, self._identities):
            if change.after is not None and change.kind in ("changed", "moved"):
                kind: EventKind = "changed" if change.kind == "changed" else "moved"
                kinds.setdefault(change.after, []).append(kind)
        partners = {
            later: (earlier, certainty)
            for earlier, later, certainty in pairs(old, new, self._identities)
        }
        return self._known.setdefault((before, after), _Step(after, partners, kinds))

    def _nodes_of(self, stage: StageName) -> Walked:
        if stage not in self._nodes:
            self._nodes[stage] = self._walked(stage)
        return self._nodes[stage]

    def _back(self, stage: StageName, node: int) -> Iterator[LifeEvent]:
        """Yield what happened before a stage and at it, the latest first."""
        certainty: Certainty = "exact"
        while stage != AT_FIRST:
            for before in [before for before, after in self._names if after == stage]:
                step = self._step(before, stage)
                if node in step.partners:
                    break
            else:
                break
            earlier, how = step.partners[node]
            certainty = _worse(certainty, how)
            for kind in reversed(step.kinds.get(node, [])):
                yield _event(stage, kind, node, certainty)
            stage, node = before, earlier
        yield _event(stage, "made", node, certainty)

    def _on(self, stage: StageName, node: int) -> Iterator[LifeEvent]:
        """Yield what happens after a stage."""
        certainty: Certainty = "exact"
        while True:
            steps = [self._step(stage, after) for before, after in self._names if before == stage]
            if not steps:
                return
            for step in steps:
                later = [new for new, (old, _) in step.partners.items() if old == node]
                if later:
                    break
            else:
                yield _event(steps[0].after, "removed", None, certainty)
                return
            certainty = _worse(certainty, step.partners[later[0]][1])
            stage, node = step.after, later[0]
            for kind in step.kinds.get(node, []):
                yield _event(stage, kind, node, certainty)
            if len(later) > 1:
                yield _event(stage, "copied", node, certainty, len(later))


def _event(
    stage: StageName, kind: EventKind, node: int | None, certainty: Certainty, count: int = 1
) -> LifeEvent:
    name: StageName = "scheduled" if stage == 0 else stage
    return LifeEvent(stage=name, kind=kind, node=node, certainty=certainty, count=count)


def _worse(one: Certainty, other: Certainty) -> Certainty:
    return one if other == "exact" else other

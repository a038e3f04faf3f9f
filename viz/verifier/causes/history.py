"""Trace the accesses of the final stage back, and compare their patterns from stage to stage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from msgspec import structs

from viz.model import AccessKind, Figures, MemorySpace, SitePattern, StageName
from viz.step.accesses.recorder import AccessKey

Pattern = tuple[tuple[str, str, int, int, tuple[Fraction, ...]], ...]
"""Of each kind, memory, width and step of an access what one of its requests costs, exactly."""


class StageSites(NamedTuple):
    """What is known of a stage.

    Attributes
    ----------
    sites
        What was counted at each node; None where the stage could not be run.
    before
        The node of the stage before that a node comes from.
    """

    stage: StageName
    sites: Mapping[int, Mapping[AccessKey, Figures]] | None
    before: Mapping[int, int]
    doubtful: frozenset[int] = frozenset()
    """Nodes whose accesses are decided by values that are not known: they may be others."""


class History(NamedTuple):
    """An access of the final stage and what it was before."""

    node: int
    kind: AccessKind
    patterns: tuple[SitePattern, ...]
    since: StageName | None
    """None where stages before could not be run, or an access is decided by unknown values."""
    nodes: tuple[tuple[StageName, int], ...]
    """Its node at each stage as far back as it can be traced, the final one first."""


def histories(stages: Sequence[StageSites]) -> list[History]:
    """Return the history of each access of the last stage, by its node.

    A loop that is unrolled makes many accesses of one, and they need not be alike: then an access
    has the pattern of an earlier one if all that come from that have it together.
    """
    last = stages[-1].sites
    if last is None:
        return []
    traced = {node: list(_traced(stages, node)) for node in last}
    children: defaultdict[tuple[StageName, int], list[int]] = defaultdict(list)
    for node, places in traced.items():
        for place in places:
            children[place].append(node)
    by_name = {stage.stage: stage for stage in stages}
    patterns: dict[tuple[StageName, int], Pattern] = {}

    def after(place: tuple[StageName, int]) -> Pattern:
        """Return the pattern that all accesses of the last stage have that come from one."""
        if place not in patterns:
            patterns[place] = pattern([last[node] for node in children[place]])
        return patterns[place]

    found = []
    for node in sorted(last):
        since: StageName | None = stages[-1].stage
        shown: list[SitePattern] = []
        is_same, is_sure = True, True
        for place in traced[node]:
            sites = by_name[place[0]].sites
            if sites is None or place[1] in by_name[place[0]].doubtful:
                is_sure = is_sure and not is_same  # it may have been the same there, or not
                continue
            here = sites.get(place[1])
            if here is None:
                break
            is_same = is_same and pattern([here]) == after(place)
            if is_same:
                since, is_sure = place[0], True
            shown.append(_shown(place, here))
        if not is_sure or node in stages[-1].doubtful:
            since = None
        if not shown:
            shown = [_shown(traced[node][0], last[node])]
        kind = next(iter(last[node])).kind
        found.append(History(node, kind, _differing(shown[::-1]), since, tuple(traced[node])))
    return found


def _differing(shown: Sequence[SitePattern]) -> tuple[SitePattern, ...]:
    """Return the first of some patterns and each that differs from the one before it."""
    kept: list[SitePattern] = []
    for each in shown:
        if not kept or structs.replace(each, stage=kept[-1].stage, node=kept[-1].node) != kept[-1]:
            kept.append(each)
    return tuple(kept)


def _traced(stages: Sequence[StageSites], node: int) -> list[tuple[StageName, int]]:
    """Return the places of a node at the stages, the last one first, as far back as is known."""
    places = []
    at: int | None = node
    for stage in reversed(stages):
        if at is None:
            break
        places.append((stage.stage, at))
        at = stage.before.get(at)
    return places


def pattern(some: Sequence[Mapping[AccessKey, Figures]]) -> Pattern:
    """Return what one request of some accesses costs together."""
    sums: dict[tuple[str, MemorySpace, int, int], Figures] = {}
    for sites in some:
        for of, figures in sites.items():
            key = of.kind, of.space, of.width, of.step
            sums[key] = sums.get(key, Figures()) + figures
    total = sum(figures.requests for figures in sums.values())
    return tuple(
        (
            *key,
            (
                Fraction(figures.requests, total),
                Fraction(figures.sectors, figures.requests),
                Fraction(figures.conflicts, figures.requests),
                Fraction(figures.lanes, figures.requests),
            ),
        )
        for key, figures in sorted(sums.items())
    )


def _shown(place: tuple[StageName, int], sites: Mapping[AccessKey, Figures]) -> SitePattern:
    """Return the pattern of a place as plain data: its width is that of most requests."""
    total = Figures()
    for figures in sites.values():
        total += figures
    most = max(sites, key=lambda key: sites[key].requests)
    return SitePattern(
        stage=place[0],
        node=place[1],
        figures=total,
        width=most.width,
        space=most.space,
        buffer=most.buffer,
        step=most.step,
    )

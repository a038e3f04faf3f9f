"""Answer questions about a run: its verdict, its first mistake, what its accesses cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from viz.learn import queries
from viz.model import CostOptions, Finding, Outcome, RunPart
from viz.model.running.cost import AccessSite

NOTHING = "nothing"
"""What a checked run finds where it finds no mistake."""

Fact = int | str | None


def part_of(query: queries.RunQuery) -> RunPart:
    """Return the run that a query is put to; one with a budget is checked and counted at once."""
    is_counted = query.run in (*queries.COUNTED, *queries.WORST)
    cost = CostOptions(budget=query.budget) if is_counted or query.budget else None
    checked = query.run in queries.FOUND or query.budget > 0
    return RunPart(device=query.device, checked=checked, cost=cost)


def fact(query: queries.RunQuery, outcome: Outcome) -> Fact:
    """Return what a query gives for the outcome of its run; None where there is no such thing."""
    if query.run in queries.COUNTED:
        if outcome.cost is None:
            return None
        figures = (site.figures for site in sites(query, outcome))
        counted: int = sum(getattr(one, query.run) for one in figures)
        return counted
    if query.run in queries.WORST:
        figure = queries.WORST[query.run]
        requests = [site.worst for site in sites(query, outcome) if site.worst is not None]
        return max((getattr(request, figure) for request in requests), default=None)
    return _FACTS[query.run](outcome)


def sites(query: queries.RunQuery, outcome: Outcome) -> Iterator[AccessSite]:
    """Yield the accesses that a query is about."""
    for kernel in outcome.cost.kernels if outcome.cost is not None else ():
        for site in kernel.sites:
            if query.buffer in ("", site.buffer) and query.kind in ("", site.kind):
                yield site


def mistakes(outcome: Outcome) -> list[Finding]:
    """Return the mistakes that make a run wrong; all of them where each is harmless."""
    found = [finding for finding in outcome.findings if not finding.harmless]
    return found or [*outcome.findings]


def named(finding: Finding) -> str:
    """Return a mistake as a choice has it, such as ``race total``."""
    return f"{finding.kind} {finding.buffer}".strip()


def racers(finding: Finding) -> str | None:
    """Return whether the two threads of a race are of ``one-block`` or of ``two-blocks``."""
    if finding.kind != "race" or len(finding.sites) != 2:
        return None
    later, earlier = finding.sites
    return "one-block" if later.block == earlier.block else "two-blocks"


def _check(outcome: Outcome) -> str:
    found = mistakes(outcome)
    return named(found[0]) if found else NOTHING


def _first(read: Callable[[Finding], Fact]) -> Callable[[Outcome], Fact]:
    """Return what reads something of the first mistake."""

    def answer(outcome: Outcome) -> Fact:
        found = mistakes(outcome)
        return read(found[0]) if found else None

    return answer


_FACTS: dict[str, Callable[[Outcome], Fact]] = {
    "verdict": lambda outcome: "right" if outcome.passed else "wrong",
    "check": _check,
    "finding": _first(lambda finding: finding.kind),
    "buffer": _first(lambda finding: finding.buffer),
    "racers": _first(racers),
    queries.LAUNCHES: lambda outcome: len(outcome.launches) or None,
}

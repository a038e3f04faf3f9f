"""Propose edits of a program's text for the accesses that cost more than they need."""

from __future__ import annotations

from collections.abc import Iterator

from viz.frontend.cost_edits import alignment, loop_edits, staging, steps, tiles
from viz.frontend.cost_edits.access import access_of
from viz.frontend.cost_edits.patterns import SECTOR, FlawedAccess
from viz.frontend.cost_edits.proposal import CostProposal
from viz.frontend.program import Program
from viz.model import ScheduleCode


def proposals(
    program: Program, schedule: ScheduleCode | None, flawed: FlawedAccess
) -> Iterator[CostProposal]:
    """Yield edits that may mend an access, the likeliest first.

    Parameters
    ----------
    schedule
        The schedule of the definition, whose steps are changed before its loops are.
    """
    site = flawed.site
    if schedule is not None and schedule.steps:
        yield from steps.other_steps(program.text, schedule, flawed.flaw, site)
    access = access_of(program, site.own, site.buffer) if site.own is not None else None
    if access is None:
        return
    if flawed.flaw == "conflicts":
        yield from tiles.pad(access, site.width)
        yield from tiles.swizzle(access, site.width)
    if flawed.flaw == "misaligned":
        yield from tiles.whole_sectors(access, SECTOR)
        yield from alignment.begin_earlier(access, site.worst, site.width)
    else:
        yield from loop_edits.in_a_row(access, site.width)
    if flawed.flaw == "scattered":
        ways = [loop_edits.closer_lanes(access), staging.through_tile(access)]
        for way in reversed(ways) if staging.is_transposed(access) else ways:
            yield from way

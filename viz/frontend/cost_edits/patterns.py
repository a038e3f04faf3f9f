"""Name the known patterns among the accesses of a run: which of them cost more than they need."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from viz.model import AccessFlaw, AccessSite, Cost, WarpRequest

SECTOR = 32
"""Bytes of a sector of global memory."""


class FlawedAccess(NamedTuple):
    """An access that costs more than it needs."""

    flaw: AccessFlaw
    site: AccessSite
    times: float
    """How many times as much as without the flaw."""


def flawed_accesses(cost: Cost) -> list[FlawedAccess]:
    """Return the accesses of a run that cost more than they need, the worst excess first."""
    found = [flawed for kernel in cost.kernels for site in kernel.sites for flawed in _flaw(site)]
    return sorted(found, key=lambda each: -each.site.figures.excess)


def _flaw(site: AccessSite) -> Iterator[FlawedAccess]:
    figures = site.figures
    if site.kind == "fragment" or figures.excess <= 0:
        return
    if site.space == "shared" and figures.ideal_wavefronts:
        yield FlawedAccess("conflicts", site, figures.wavefronts / figures.ideal_wavefronts)
    elif site.space == "global" and figures.ideal_sectors:
        in_a_row = site.worst is not None and _in_a_row(site.worst, site.width)
        flaw: AccessFlaw = "misaligned" if in_a_row else "scattered"
        yield FlawedAccess(flaw, site, figures.sectors / figures.ideal_sectors)


def _in_a_row(request: WarpRequest, width: int) -> bool:
    """Whether the lanes of a request want neighbouring elements, or the same one."""
    offsets = sorted({offset for offset in request.offsets if offset >= 0})
    return all(after - before == width for before, after in pairwise(offsets))

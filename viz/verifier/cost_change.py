"""Say what changed between the costs of two runs: of each buffer, each kernel, and in all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from viz.messages import Message, message_of
from viz.model import (
    AccessChange,
    AccessKind,
    AccessSite,
    Cost,
    Figures,
    KernelChange,
    KernelCost,
    MemorySpace,
)

Access = tuple[str, AccessKind, MemorySpace]
"""The accesses of a kind to a buffer."""

SLACK = 0.01
"""What counts as no change: blocks that were looked at may differ a little in what they do."""


MOST_SHARED = 1.5
"""How many times as much shared memory an edit may need."""


class CostTotal(NamedTuple):
    """What all accesses of a run cost together."""

    sectors: float
    conflicts: float
    requests: float
    lanes: float
    asked: int
    """Bytes of global memory that the lanes asked for."""
    shared: int
    """Bytes of shared memory of the block that has most of it."""
    is_complete: bool

    @classmethod
    def of(cls, cost: Cost) -> CostTotal:
        """Return the total of a run."""
        sites = [site for kernel in cost.kernels for site in kernel.sites]
        total = sum((kernel.figures for kernel in cost.kernels), Figures())
        asked = sum(site.figures.bytes_asked for site in sites if site.space == "global")
        complete = all(kernel.is_complete for kernel in cost.kernels)
        return cls(
            sectors=total.sectors,
            conflicts=total.conflicts,
            requests=total.requests,
            lanes=total.lanes,
            asked=asked,
            shared=max(map(shared_bytes, cost.kernels), default=0),
            is_complete=complete,
        )

    def refused(self, after: CostTotal) -> Message | None:
        """Return why another run is no better than this one; None if it is.

        Where not all blocks were looked at, runs are compared for the same bytes asked for.
        """
        if self.asked and not after.asked:
            return message_of("cost-tried-uncounted")
        scale = 1.0
        if not (self.is_complete and after.is_complete) and after.asked:
            scale = self.asked / after.asked
        if after.lanes * self.requests < self.lanes * after.requests * (1 - SLACK):
            return message_of("cost-tried-lanes")
        if self.shared and after.shared > self.shared * MOST_SHARED:
            return message_of("cost-tried-memory", before=self.shared, after=after.shared)
        changes = [
            (self.sectors, after.sectors * scale),
            (self.conflicts, after.conflicts * scale),
        ]
        if any(new > old * (1 + SLACK) for old, new in changes):
            return message_of("cost-tried-more")
        if all(new >= old * (1 - SLACK) for old, new in changes):
            return message_of("cost-tried-same")
        return None


def shared_bytes(kernel: KernelCost) -> int:
    """Return the shared memory of a block."""
    use = kernel.occupancy
    return 0 if use is None else use.static_shared + use.dynamic_shared


def kernel_changes(before: Cost, after: Cost) -> Iterator[KernelChange]:
    """Yield what each kernel costs in both runs; those of only one run are left out."""
    later = {kernel.name: kernel for kernel in after.kernels}
    for kernel in before.kernels:
        if kernel.name in later:
            new = later[kernel.name]
            shared = shared_bytes(kernel), shared_bytes(new)
            yield KernelChange(kernel.name, kernel.figures, new.figures, *shared)


def access_changes(before: Cost, after: Cost, first: AccessSite) -> Iterator[AccessChange]:
    """Yield what the accesses of each kind to each buffer cost in both runs.

    Parameters
    ----------
    first
        The access whose row comes first.
    """
    rows = [_by_access(cost) for cost in (before, after)]
    keys = dict.fromkeys([_key(first), *rows[0], *rows[1]])
    for key in keys:
        old, new = (row.get(key) for row in rows)
        buffer, kind, space = key
        yield AccessChange(buffer, kind, space, before=old, after=new)


def _by_access(cost: Cost) -> dict[Access, Figures]:
    found: dict[Access, Figures] = {}
    for kernel in cost.kernels:
        for site in kernel.sites:
            if site.space != "local":
                found[_key(site)] = found.get(_key(site), Figures()) + site.figures
    return found


def _key(site: AccessSite) -> Access:
    return site.buffer, site.kind, site.space

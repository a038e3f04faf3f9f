"""Answer questions about what the calls of Relax functions became: kernels, and planned memory."""

from __future__ import annotations

from viz.learn import queries
from viz.model import Node, Overview


def target_of(query: queries.ModelFact) -> str:
    """Return the target whose build a query is about."""
    if isinstance(query, queries.KernelOfQuery):
        return query.target
    return query.kernels if isinstance(query, queries.KernelsQuery) else query.storages


def counted(query: queries.KernelsQuery | queries.StoragesQuery, overview: Overview) -> int | None:
    """Return the number that a query is for; None where no Relax function calls a kernel.

    What a function returns is not among the pieces of memory: nothing shares it.
    """
    if not overview.kernels:
        return None
    if isinstance(query, queries.KernelsQuery):
        return len(overview.kernels)
    return sum(bool(storage.size) for plan in overview.memory for storage in plan.storages)


def kernel_of(call: Node, overview: Overview) -> str | None:
    """Return the name of the kernel that a call became, alone or with others."""
    return next(
        (
            kernel.name
            for kernel in overview.kernels
            for site in kernel.sites
            if call.id in (each.node for each in site)
        ),
        None,
    )

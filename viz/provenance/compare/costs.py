"""Pair what two runs cost: kernels by name, accesses by node, else by their line or buffer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import msgspec

from viz.messages import Message
from viz.model import (
    AccessSite,
    Cost,
    DiffLine,
    Figures,
    KernelCost,
    KernelPair,
    SitePair,
    TreePairs,
)


def paired_costs(
    before: Cost, after: Cost, tree: TreePairs | None, lines: Sequence[DiffLine]
) -> tuple[KernelPair, ...]:
    """Return the kernels of two runs side by side, those of one name first, then in their order.

    Parameters
    ----------
    tree
        How the nodes of the final Trees pair.
    lines
        How the lines of the users' texts pair.
    """
    names = {kernel.name for kernel in before.kernels} & {kernel.name for kernel in after.kernels}
    old = {kernel.name: kernel for kernel in before.kernels}
    new = {kernel.name: kernel for kernel in after.kernels}
    rest = (
        [kernel for kernel in before.kernels if kernel.name not in names],
        [kernel for kernel in after.kernels if kernel.name not in names],
    )
    pairs: list[tuple[KernelCost | None, KernelCost | None]] = [
        (old[name], new[name]) for name in old if name in names
    ]
    both = min(map(len, rest))
    pairs += [*zip(rest[0], rest[1], strict=False)]
    pairs += [(kernel, None) for kernel in rest[0][both:]]
    pairs += [(None, kernel) for kernel in rest[1][both:]]
    return tuple(_kernel(older, newer, tree, lines) for older, newer in pairs)


def _kernel(
    before: KernelCost | None,
    after: KernelCost | None,
    tree: TreePairs | None,
    lines: Sequence[DiffLine],
) -> KernelPair:
    shown = before or after
    assert shown is not None
    problems = (_problem(before), _problem(after))
    kernels = [kernel for kernel in (before, after) if kernel is not None and not kernel.problem]
    return KernelPair(
        name=shown.name,
        before=_figures(before),
        after=_figures(after),
        problems=problems,
        is_complete=all(kernel.is_complete for kernel in kernels),
        sites=() if any(problems) else _sites(before, after, tree, lines),
    )


def _figures(kernel: KernelCost | None) -> Figures | None:
    return None if kernel is None or kernel.problem is not None else kernel.figures


def _problem(kernel: KernelCost | None) -> Message | None:
    return None if kernel is None else kernel.problem


def _sites(
    before: KernelCost | None,
    after: KernelCost | None,
    tree: TreePairs | None,
    lines: Sequence[DiffLine],
) -> tuple[SitePair, ...]:
    """Return the accesses of a kernel on both sides: in the order of the first side's text."""
    old = list(before.sites) if before is not None else []
    new = list(after.sites) if after is not None else []
    counterpart = {pair.before: pair.after for pair in tree.pairs} if tree is not None else {}
    old_rows = {row.before_line: number for number, row in enumerate(lines) if row.before_line}
    new_rows = {row.after_line: number for number, row in enumerate(lines) if row.after_line}
    partner: dict[int, int] = {}
    keys: tuple[tuple[Callable[[AccessSite], Hashable], Callable[[AccessSite], Hashable]], ...] = (
        (
            lambda site: None if site.node is None else counterpart.get(site.node),
            lambda site: site.node,
        ),
        (
            lambda site: _by_line(site, old_rows),
            lambda site: _by_line(site, new_rows),
        ),
        # In two programs, or after another schedule, only the buffer may be the same.
        (lambda site: site.buffer, lambda site: site.buffer),
    )
    for old_key, new_key in keys:
        waiting: dict[Hashable, list[int]] = {}
        for j, site in enumerate(new):
            if j not in partner.values() and (key := new_key(site)) is not None:
                waiting.setdefault((key, site.kind, site.space), []).append(j)
        for i, site in enumerate(old):
            if i not in partner and (key := old_key(site)) is not None:
                if queue := waiting.get((key, site.kind, site.space)):
                    partner[i] = queue.pop(0)
    pairs = [
        _site(before, site, after, new[partner[i]] if i in partner else None)
        for i, site in enumerate(old)
    ]
    alone = [site for j, site in enumerate(new) if j not in partner.values()]
    return (*pairs, *(_site(before, None, after, site) for site in alone))


def _by_line(site: AccessSite, rows: dict[int, int]) -> Hashable:
    row = rows.get(site.own_line or 0)
    return None if row is None else (row, site.buffer)


def _site(
    kernel: KernelCost | None,
    before: AccessSite | None,
    other: KernelCost | None,
    after: AccessSite | None,
) -> SitePair:
    shown, named = (before, kernel) if before is not None else (after, other)
    assert shown is not None
    assert named is not None
    pair = SitePair(
        kernel=named.name,
        kind=shown.kind,
        space=shown.space,
        buffer=shown.buffer,
        before=None if before is None else before.figures,
        after=None if after is None else after.figures,
    )
    if before is not None:
        pair = msgspec.structs.replace(pair, before_line=before.own_line, before_node=before.node)
    if after is not None:
        pair = msgspec.structs.replace(pair, after_line=after.own_line, after_node=after.node)
    return pair

"""Say in words what the accesses of emulated kernels cost: for the command line and the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from viz.locale.translator import Translator, marked
from viz.model import AccessSite, KernelCost, Occupancy, SiteCause

KINDS = {
    "load": marked("load"),
    "store": marked("store"),
    "atomic": marked("atomic"),
    "fragment": marked("tile"),
}
"""What an access does, in a word."""

SPACES = {
    "global": marked("global"),
    "shared": marked("shared"),
}
"""Where memory lies, in a word."""

LIMITS = {
    "threads": marked("threads"),
    "blocks": marked("the number of blocks"),
    "shared": marked("shared memory"),
}
"""What allows no further block, in words."""


class CostRow(NamedTuple):
    """The row of an access.

    Attributes
    ----------
    is_worst
        Whether no access costs more than it needs by more than this one.
    cells
        Line, access, memory, bytes, requests, lanes, what one request costs, since when; each in
        words.
    """

    site: AccessSite
    is_worst: bool
    cells: tuple[str, ...]


def kernel_title(kernel: KernelCost, _: Translator) -> str:
    """Return what a kernel is called, with its grid and block."""
    sizes = {"grid": _extents(kernel.grid), "block": _extents(kernel.block)}
    return _("cost of {name}: {grid} blocks of {block} threads", name=kernel.name, **sizes)


def column_heads(_: Translator) -> tuple[str, ...]:
    """Return the heads of the cells of a row."""
    return (
        *(_("line"), _("access"), _("memory"), _("bytes"), _("requests")),
        *(_("lanes"), _("of one request, on average"), ""),
    )


def cost_rows(kernel: KernelCost, causes: Mapping[int, str], _: Translator) -> list[CostRow]:
    """Return a row for each access to global or shared memory, the worst first.

    Parameters
    ----------
    causes
        By node of the final tree since when its access has its pattern, in words.
    """
    shown = [site for site in kernel.sites if site.space != "local"]
    ordered = sorted(shown, key=lambda site: site.figures.excess, reverse=True)
    most = ordered[0].figures.excess if ordered else 0
    return [
        CostRow(site, bool(most) and site.figures.excess == most, _cells(site, causes, _))
        for site in ordered
    ]


def _cells(site: AccessSite, causes: Mapping[int, str], _: Translator) -> tuple[str, ...]:
    figures = site.figures
    return (
        "–" if site.own_line is None else str(site.own_line),
        f"{_(KINDS[site.kind])} {site.buffer}",
        _(SPACES[site.space]),
        str(site.width),
        f"{figures.requests:,}",
        f"{figures.lanes / figures.requests:.3g}",
        _figures(site, _),
        "" if site.node is None else causes.get(site.node, ""),
    )


def lines_above(kernel: KernelCost, _: Translator) -> Iterator[str]:
    """Yield what is said of a kernel before its accesses."""
    if not kernel.is_complete and kernel.problem is None:
        yield _(
            "{counted:,} of {blocks:,} blocks were counted, and nothing is scaled up",
            counted=kernel.counted_blocks,
            blocks=kernel.blocks,
        )
    if kernel.problem is not None:
        yield _.of_message(kernel.problem)


def lines_below(kernel: KernelCost, _: Translator) -> Iterator[str]:
    """Yield what is said of a kernel after its accesses."""
    own = sum(site.figures.requests for site in kernel.sites if site.space == "local")
    if own:
        yield _("{count:,} requests to arrays of each thread: registers or memory", count=own)
    for branch in kernel.branches:
        where = "–" if branch.own_line is None else _("line {line}", line=branch.own_line)
        yield _(
            "{where}: a branch divides {divided:,} of {warps:,} warps that come to it",
            where=where,
            divided=branch.divided,
            warps=branch.warps,
        )
    if kernel.problem is None:
        yield _operations(kernel, _)
    if kernel.occupancy is not None:
        yield _occupancy(kernel.occupancy, _)


def unknown_words(_: Translator) -> str:
    """Return what no figure says."""
    return _("not known: registers, caches, time, and what the GPU's compiler moves or drops")


def cause_words(site: SiteCause, _: Translator) -> str:
    """Return since when an access has its pattern: ``since step 5, cache_read``."""
    if site.since is None:
        return _("cause not known")
    if site.title is None:
        return _("as your program has it")
    return _("since {title}", title=_.of_message(site.title))


def cause_by_node(sites: Sequence[SiteCause], _: Translator) -> dict[int, str]:
    """Return by node of the final tree since when its access has its pattern, where it is known."""
    return {site.node: cause_words(site, _) for site in sites if site.since is not None}


def _extents(extents: tuple[int, int, int]) -> str:
    return " × ".join(map(str, extents))


def _figures(site: AccessSite, _: Translator) -> str:
    """Return what a request of an access costs, in words."""
    figures, count = site.figures, site.figures.requests
    if site.kind == "fragment":
        return _("{bytes:,} bytes", bytes=figures.bytes_asked // count)
    parts = []
    if site.space == "global":
        sectors = f"{figures.sectors / count:.4g}"
        ideal = f"{figures.ideal_sectors / count:.4g}"
        if figures.sectors == figures.ideal_sectors:
            parts.append(_("{sectors} sectors, the ideal", sectors=sectors))
        else:
            parts.append(
                _("{sectors} sectors where {ideal} would do", sectors=sectors, ideal=ideal)
            )
    elif figures.conflicts:
        parts.append(
            _(
                "{rounds} wavefronts, {conflicts} of them bank conflicts",
                rounds=_range(figures.least_wavefronts / count, figures.wavefronts / count),
                conflicts=f"{figures.conflicts / count:.4g}",
            )
        )
    else:
        parts.append(_("no bank conflicts"))
    if site.kind == "atomic" and site.most_on_one > 1:
        parts.append(_("up to {count} lanes on one element", count=site.most_on_one))
    return ", ".join(parts)


def _range(least: float, most: float) -> str:
    return f"{most:.4g}" if least == most else f"{least:.4g}–{most:.4g}"


def _operations(kernel: KernelCost, _: Translator) -> str:
    intensity = kernel.intensity
    return _(
        "{floats:,} operations on floats, {integers:,} on integers at most, {barriers:,} barriers, "
        "{intensity} operations on floats a byte",
        floats=kernel.float_operations,
        integers=kernel.integer_operations,
        barriers=kernel.barriers,
        intensity="–" if intensity is None else f"{intensity:.3g}",
    )


def _occupancy(fits: Occupancy, _: Translator) -> str:
    return _(
        "{arch}: {blocks} blocks fit on a multiprocessor ({warps} of {most} warps), limited by "
        "{limits}; {shared:,} bytes of shared memory a block",
        arch=fits.arch,
        blocks=fits.blocks,
        warps=fits.warps,
        most=fits.most_warps,
        limits=", ".join(_(LIMITS[limit]) for limit in fits.limits),
        shared=fits.static_shared + fits.dynamic_shared,
    )

"""``run --cost``: what the accesses of emulated kernels cost, as a table for each kernel."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence

from viz.cli.output import padded
from viz.locale.translator import Translator, marked
from viz.model import AccessSite, Cost, CostOptions, KernelCost, Occupancy
from viz.text import text_width

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

WORST = "!"
"""The sign of the accesses that cost the most more than they would have to."""

Row = tuple[str, ...]


def cost_of(options: argparse.Namespace) -> CostOptions | None:
    """Return what ``--cost`` and the options beside it ask for."""
    if not (options.cost or options.cost_budget or options.cost_arch):
        return None
    return CostOptions(budget=options.cost_budget, arch=options.cost_arch)


def cost_lines(cost: Cost | None, causes: Mapping[int, str], _: Translator) -> Iterator[str]:
    """Yield the lines about each kernel, and at the end what no figure says.

    Parameters
    ----------
    causes
        By node of the final tree since when its access has its pattern, in words.
    """
    if cost is None:
        return
    for kernel in cost.kernels:
        yield from _kernel(kernel, causes, _)
    yield _("not known: registers, caches, time, and what the GPU's compiler moves or drops")
    yield ""


def _kernel(kernel: KernelCost, causes: Mapping[int, str], _: Translator) -> Iterator[str]:
    sizes = {"grid": _extents(kernel.grid), "block": _extents(kernel.block)}
    yield _("cost of {name}: {grid} blocks of {block} threads", name=kernel.name, **sizes)
    if not kernel.is_complete and kernel.problem is None:
        yield "  " + _(
            "{counted:,} of {blocks:,} blocks were counted, and nothing is scaled up",
            counted=kernel.counted_blocks,
            blocks=kernel.blocks,
        )
    if kernel.problem is not None:
        yield "  " + _.of_message(kernel.problem)
    shown = [site for site in kernel.sites if site.space != "local"]
    yield from _table([_heads(_), *_rows(shown, causes, _)]) if shown else ()
    own = sum(site.figures.requests for site in kernel.sites if site.space == "local")
    if own:
        yield "  " + _(
            "{count:,} requests to arrays of each thread: registers or memory", count=own
        )
    for branch in kernel.branches:
        where = "–" if branch.own_line is None else _("line {line}", line=branch.own_line)
        yield "  " + _(
            "{where}: a branch divides {divided:,} of {warps:,} warps that come to it",
            where=where,
            divided=branch.divided,
            warps=branch.warps,
        )
    if kernel.problem is None:
        yield "  " + _operations(kernel, _)
    if kernel.occupancy is not None:
        yield "  " + _occupancy(kernel.occupancy, _)
    yield ""


def _extents(extents: tuple[int, int, int]) -> str:
    return " × ".join(map(str, extents))


def _heads(_: Translator) -> Row:
    return (
        *("", _("line"), _("access"), _("memory"), _("bytes"), _("requests")),
        *(_("lanes"), _("of one request, on average"), ""),
    )


def _rows(sites: Sequence[AccessSite], causes: Mapping[int, str], _: Translator) -> Iterator[Row]:
    """Yield a row for each access, the worst first."""
    ordered = sorted(sites, key=lambda site: site.figures.excess, reverse=True)
    most = ordered[0].figures.excess
    for site in ordered:
        figures = site.figures
        yield (
            WORST if most and figures.excess == most else "",
            "–" if site.own_line is None else str(site.own_line),
            f"{_(KINDS[site.kind])} {site.buffer}",
            _(SPACES[site.space]),
            str(site.width),
            f"{figures.requests:,}",
            f"{figures.lanes / figures.requests:.3g}",
            _figures(site, _),
            "" if site.node is None else causes.get(site.node, ""),
        )


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


def _table(rows: Sequence[Row]) -> Iterator[str]:
    widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            padded(cell, -width if 4 <= number <= 6 else width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield ("  " + "  ".join(cells)).rstrip()

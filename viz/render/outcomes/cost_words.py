"""Say in words what the accesses of emulated kernels cost: for the command line and the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from viz.locale.translator import Translator, marked
from viz.model import AccessSite, Cost, CostCertainty, Figures, KernelCost, Occupancy, SiteCause
from viz.model.catalog.cost_rules import CostRuleRow, cost_rules
from viz.render.outcomes.access_words import CERTAINTIES, SPACES, access_words, sign_of

UNKNOWN = CERTAINTIES["unknown"][0]

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
        Line, access, memory, bytes, requests, lanes, what one request costs, bytes moved, bytes
        used, since when; each in words.
    """

    site: AccessSite
    is_worst: bool
    cells: tuple[str, ...]


def kernel_title(kernel: KernelCost, _: Translator) -> str:
    """Return what a kernel is called, with its grid and block."""
    sizes = {"grid": _extents(kernel.grid), "block": _extents(kernel.block)}
    return _("cost of {name}: {grid} blocks of {block} threads", name=kernel.name, **sizes)


def column_heads(_: Translator) -> tuple[str, ...]:
    """Return the heads of the cells of a row, a figure's with the sign of how sure it is."""
    return (
        *(_("line"), _("access"), _("memory"), _("bytes")),
        *(_signed("requests", _("requests")), _signed("lanes", _("lanes"))),
        _("of one request, on average"),
        *(_signed("bytes_moved", _("bytes moved")), _signed("bytes_used", _("bytes used"))),
        _signed("cause", _("cause")),
    )


MOST_OWN = 12
"""Accesses to arrays of each thread that have a row each."""

NUMBERS = frozenset({3, 4, 5, 7, 8})
"""The cells of a row that are numbers."""


def _signed(rule: str, words: str) -> str:
    return f"{sign_of(rule)} {words}"


def cost_rows(kernel: KernelCost, causes: Mapping[int, str], _: Translator) -> list[CostRow]:
    """Return a row for each access, the worst first, and those to arrays of each thread last.

    Where these are more than ``MOST_OWN`` there is one row for all loads of an array, and one for
    all stores.

    Parameters
    ----------
    causes
        By node of the final tree since when its access has its pattern, in words.
    """
    shown = [site for site in kernel.sites if site.space != "local"]
    ordered = sorted(shown, key=lambda site: site.figures.excess, reverse=True)
    most = ordered[0].figures.excess if ordered else 0
    rows = [
        CostRow(site, bool(most) and site.figures.excess == most, _cells(site, causes, _))
        for site in ordered
    ]
    own = _own_sites(kernel)
    if len(own) <= MOST_OWN:
        return rows + [CostRow(site, is_worst=False, cells=_cells(site, causes, _)) for site in own]
    groups: dict[tuple[object, ...], list[AccessSite]] = {}
    for site in own:
        groups.setdefault((site.buffer, site.kind, site.width), []).append(site)
    return rows + [_group_row(sites, causes, _) for sites in groups.values()]


def _own_sites(kernel: KernelCost) -> list[AccessSite]:
    """Return the accesses of a kernel to arrays of each thread."""
    return [site for site in kernel.sites if site.space == "local"]


def _group_row(sites: Sequence[AccessSite], causes: Mapping[int, str], _: Translator) -> CostRow:
    """Return the row of several accesses that do the same to an array, in places of their own."""
    first = sites[0]
    if len(sites) == 1:
        return CostRow(first, is_worst=False, cells=_cells(first, causes, _))
    figures = sum((site.figures for site in sites), Figures())
    whole = msgspec.structs.replace(first, figures=figures, node=None, own_line=None)
    cells = _cells(whole, causes, _)
    words = _("{access}, {count} places", access=cells[1], count=len(sites))
    return CostRow(whole, is_worst=False, cells=(cells[0], words, *cells[2:-1], "–"))


def _cells(site: AccessSite, causes: Mapping[int, str], _: Translator) -> tuple[str, ...]:
    figures = site.figures
    return (
        "–" if site.own_line is None else str(site.own_line),
        access_words(site.kind, site.buffer, _),
        _(SPACES[site.space]),
        str(site.width),
        f"{figures.requests:,}",
        f"{figures.lanes / figures.requests:.3g}",
        _figures(site, _),
        f"{figures.bytes_moved:,}" if site.space == "global" else "–",
        f"{figures.bytes_used:,}",
        causes.get(-1 if site.node is None else site.node, f"{UNKNOWN} {_('not known')}"),
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
    if len(own := _own_sites(kernel)) > MOST_OWN:
        yield _(
            "arrays of each thread are accessed in {count} places: one row for the loads of each "
            "array, and one for its stores",
            count=len(own),
        )
    for branch in kernel.branches:
        where = "–" if branch.own_line is None else _("line {line}", line=branch.own_line)
        words = _(
            "{where}: a branch divides {divided:,} of {warps:,} warps that come to it",
            where=where,
            divided=branch.divided,
            warps=branch.warps,
        )
        yield _signed("divided", words)
    if kernel.problem is None:
        yield _.list(_operations(kernel, _))
    if kernel.occupancy is not None:
        yield _signed("occupancy", _occupancy(kernel.occupancy, _))


def rules_of(cost: Cost) -> Iterator[tuple[CostCertainty, list[CostRuleRow]]]:
    """Yield the rules of the figures that are said of a run, by class, the surest first.

    What never happened, such as an atomic access, has no figure and needs no rule.
    """
    kernels, sites = cost.kernels, [site for kernel in cost.kernels for site in kernel.sites]
    has_shared = any(site.space == "shared" and site.kind != "fragment" for site in sites)
    has_fragments = any(site.kind == "fragment" for site in sites)
    said = {
        "wavefronts": has_shared,
        "conflicts": has_shared,
        "least_wavefronts": any(
            site.figures.least_wavefronts != site.figures.wavefronts for site in sites
        ),
        "bytes_asked": has_fragments,
        "fragments": has_fragments,
        "most_on_one": any(site.kind == "atomic" for site in sites),
        "local": any(site.space == "local" for site in sites),
        "divided": any(kernel.branches for kernel in kernels),
    }
    for certainty in CERTAINTIES:
        yield (
            certainty,
            [
                row
                for name, row in cost_rules().items()
                if row.certainty == certainty and said.get(name, True)
            ],
        )


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
    """Return what a request of an access costs, in words, with the sign of how sure that is."""
    figures, count = site.figures, site.figures.requests
    parts = []
    if site.kind == "fragment":
        words = _("{bytes:,} bytes", bytes=figures.bytes_asked // count)
        parts.append(_signed("fragments", words))
        if site.space == "shared":
            parts.append(f"{UNKNOWN} {_('bank conflicts not known')}")
    if site.space == "global":
        parts.append(_signed("sectors", _sectors(site, _)))
    elif site.space == "local":
        parts.append(_signed("local", _("registers or memory")))
    elif site.kind != "fragment":
        parts.append(_signed("wavefronts", _wavefronts(site, _)))
    if site.kind == "atomic" and site.most_on_one > 1:
        words = _("up to {count} lanes on one element", count=site.most_on_one)
        parts.append(_signed("most_on_one", words))
    return _.list(parts)


def _sectors(site: AccessSite, _: Translator) -> str:
    figures, count = site.figures, site.figures.requests
    sectors, ideal = f"{figures.sectors / count:.4g}", f"{figures.ideal_sectors / count:.4g}"
    if figures.sectors == figures.ideal_sectors:
        return _("{sectors} sectors, the ideal", sectors=sectors)
    return _("{sectors} sectors where {ideal} would do", sectors=sectors, ideal=ideal)


def _wavefronts(site: AccessSite, _: Translator) -> str:
    figures, count = site.figures, site.figures.requests
    if not figures.conflicts:
        return _("no bank conflicts")
    return _(
        "{rounds} wavefronts, {conflicts} of them bank conflicts",
        rounds=_range(figures.least_wavefronts / count, figures.wavefronts / count),
        conflicts=f"{figures.conflicts / count:.4g}",
    )


def _range(least: float, most: float) -> str:
    return f"{most:.4g}" if least == most else f"{least:.4g}–{most:.4g}"


def _operations(kernel: KernelCost, _: Translator) -> Iterator[str]:
    """Yield the figures of a whole kernel, each with its sign."""
    intensity = "–" if kernel.intensity is None else f"{kernel.intensity:.3g}"
    floats, integers = kernel.float_operations, kernel.integer_operations
    moved, barriers = kernel.bytes_moved, kernel.barriers
    yield _signed("bytes_moved", _("{count:,} bytes moved", count=moved))
    yield _signed("float_operations", _("{count:,} operations on floats", count=floats))
    words = _("{count:,} operations on integers at most", count=integers)
    yield _signed("integer_operations", words)
    yield _signed("intensity", _("{count} operations on floats a byte", count=intensity))
    yield _signed("barriers", _("{count:,} barriers", count=barriers))


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

"""Tie what an emulated run cost to its text, to nodes and to the user's text."""

from __future__ import annotations

import math
import re
from typing import Any

from viz.emulator.cost.counted_kernel import CountedKernel
from viz.emulator.cost.meter import CostMeter
from viz.emulator.cost.occupancy import occupancy, static_shared
from viz.emulator.cost.records import CountedSite
from viz.emulator.user_lines import SiteLocator, UserPlace
from viz.messages import message_of
from viz.model import AccessSite, BranchCost, Cost, KernelCost, Occupancy, Options, Problem
from viz.model.catalog.cost_rules import USUAL_ARCHITECTURE, architecture_of, architectures
from viz.runtime.emulator.device import Emulation
from viz.text import Span, Text


def cost_of(module: Any, found_by: SiteLocator | None, options: Options) -> Cost | None:
    """Return what the last call cost; None where nothing was counted.

    Parameters
    ----------
    found_by
        Finds the user's text; None where nothing can.
    options
        The options of the build: the architecture is theirs where the cost's has none.
    """
    if not isinstance(module, Emulation) or module.meter is None or module.cost is None:
        return None
    meter = module.meter
    arch = architecture_of(module.cost.arch or chosen(options)) or USUAL_ARCHITECTURE
    lines = Text(module.text)
    sites = meter.sites()
    kernels = []
    for counted in meter.kernels:
        kernel = counted.kernel
        within = Span(
            lines.line_span(kernel.first_line).start, lines.line_span(kernel.last_line).end
        )
        own = (site for site in sites if (site.call or site.place) in within)
        tied = tuple(_site(site, meter, found_by) for site in own)
        static = static_shared(module.text[within.start : within.end])
        fits = occupancy(arch, math.prod(counted.block), static, counted.dynamic_bytes)
        kernels.append(_kernel(counted, module, tied, found_by, fits))
    return Cost(tuple(kernels), module.cost.budget, ran_all=module.ran_all)


def chosen(options: Options) -> str:
    """Return the architecture that the options of a build choose; empty where they do not."""
    arch = options.arch or options.attributes.get("arch", "")
    return arch if isinstance(arch, str) else ""


def limits_of_another(options: Options) -> list[Problem]:
    """Return a remark where occupancy is that of another architecture than the build's."""
    arch = chosen(options)
    if not arch or architecture_of(arch) is not None:
        return []
    what = message_of(
        "limits-of-another", arch=arch, usual=USUAL_ARCHITECTURE, known=tuple(architectures())
    )
    return [Problem(code="no-limits", severity="warning", what=what)]


def _kernel(
    counted: CountedKernel,
    module: Emulation,
    sites: tuple[AccessSite, ...],
    found_by: SiteLocator | None,
    fits: Occupancy,
) -> KernelCost:
    assert module.meter is not None
    counters = module.meter.counters
    operations = counted.operations(counters)
    why = module.translation.fibers.get(counted.kernel.name)
    return KernelCost(
        name=counted.kernel.name,
        launches=counted.launches,
        grid=counted.grid,
        block=counted.block,
        blocks=counted.blocks,
        counted_blocks=counted.counted_blocks,
        sites=sites,
        branches=tuple(
            _branch(*divided, _place(divided[0], found_by)) for divided in counted.divided(counters)
        ),
        barriers=counted.barriers,
        float_operations=operations.floats,
        integer_operations=operations.integers,
        occupancy=fits,
        buffers=module.meter.buffers(counted, module.shapes),
        problem=None if why is None else message_of("cost-of-fibers", why=why),
    )


def _place(span: Span, found_by: SiteLocator | None) -> UserPlace:
    return UserPlace() if found_by is None else found_by.tie(span)


def _branch(span: Span, warps: int, divided: int, place: UserPlace) -> BranchCost:
    return BranchCost(
        span=span,
        warps=warps,
        divided=divided,
        node=place.node,
        own=place.span,
        own_line=place.line,
    )


def _site(site: CountedSite, meter: CostMeter, found_by: SiteLocator | None) -> AccessSite:
    ends = meter.counters.ends
    span = Span(site.place, ends.get(site.place, site.place + 1))
    call = Span(site.call, ends.get(site.call, site.call + 1)) if site.call else None
    place = _place(call or span, found_by)
    return AccessSite(
        span=span,
        kind=site.kind,
        space=site.space,
        buffer=re.sub(r"_ptr(_\d+)?$", r"\1", site.memory),
        width=site.width,
        figures=site.figures,
        lanes=site.lanes,
        most_on_one=site.most_on_one,
        worst=site.worst,
        node=place.node,
        own=place.span,
        own_line=place.line,
        call=call,
    )

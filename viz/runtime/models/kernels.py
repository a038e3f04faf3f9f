"""List the kernels of a build: which calls of Relax each stands for, what a call of it costs."""

from __future__ import annotations

from typing import Any

from tvm import ir, tirx

from viz.ir.functions import returns_value
from viz.ir.labels import operator
from viz.ir.source_map import UserText
from viz.ir.walker import occurrences
from viz.model import CallGraph, RelaxCall, RelaxKernel
from viz.passes.recording import Recording
from viz.passes.relax.bindings import kernel_of
from viz.passes.relax.calls import CalledKernel, RelaxCalls
from viz.passes.relax.rules import rules_of
from viz.runtime.analysis import parameters
from viz.runtime.models.amounts import amounts_of
from viz.runtime.models.call_graph import call_graphs


def kernels_of(
    recording: Recording, user_text: UserText
) -> tuple[tuple[RelaxKernel, ...], tuple[CallGraph, ...]]:
    """Return the PrimFuncs that the code of the virtual machine calls, and the calls of them.

    The kernels are in the order of their first calls. Nothing where the program has no Relax
    function.
    """
    if recording.relax is None:
        return (), ()
    nodes = occurrences(recording.input)
    found = RelaxCalls(recording.steps, nodes)

    def call(node: int) -> RelaxCall:
        obj: Any = nodes[node].obj
        return RelaxCall(
            node=node,
            operator=operator(obj) if isinstance(obj, ir.Call) else "",
            span=user_text(getattr(obj, "span", None)),
            callee=kernel_of(obj),
        )

    rules = rules_of(recording)
    kernels = []
    for name, sites in found.sites.items():
        known = found.kernels.get(name)
        if known is None or not any(map(any, known.sites)):
            continue  # it computes shapes, or another number of the virtual machine's
        if isinstance(known.function, tirx.PrimFunc) and returns_value(known.function):
            continue  # so does what ComputePrimValue makes of an expression
        groups = tuple(tuple(map(call, site.calls)) for site in sites)
        kernels.append(_described(known, found, groups, rules.get(name, "")))
    places = {kernel.name: i for i, kernel in enumerate(kernels)}
    return tuple(kernels), call_graphs(found, places)


def _described(
    known: CalledKernel,
    found: RelaxCalls,
    sites: tuple[tuple[RelaxCall, ...], ...],
    rule: str,
) -> RelaxKernel:
    """Return a kernel with what its PrimFunc says, as it was before any schedule."""
    function = known.function
    given = parameters.describe(known.name, function, None, bound=False, mod=found.last)
    figures = amounts_of(function, found.last, len(sites))
    script = function.with_attr("global_symbol", known.name).script() if known.made_by else ""
    return RelaxKernel(
        name=known.name,
        made_by=known.made_by,
        sites=sites,
        parameters=given.parameters,
        flops=figures.flops,
        bytes_read=figures.bytes_read,
        bytes_written=figures.bytes_written,
        all_flops=figures.all_flops,
        all_bytes=figures.all_bytes,
        rule=rule,
        script=str(script),
    )

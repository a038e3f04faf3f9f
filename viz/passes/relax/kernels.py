"""List the kernels of a build with the calls of Relax that each stands for."""

from __future__ import annotations

from typing import Any

from tvm import ir

from viz.ir.labels import operator
from viz.ir.source_map import UserText
from viz.ir.walker import occurrences
from viz.model import RelaxCall, RelaxKernel
from viz.passes.recording import Recording
from viz.passes.relax.calls import RelaxCalls


def kernels_of(recording: Recording, user_text: UserText) -> tuple[RelaxKernel, ...]:
    """Return the PrimFuncs that the code of the virtual machine calls, in the order of its calls.

    Nothing where the program has no Relax function.
    """
    if recording.relax is None:
        return ()
    nodes = occurrences(recording.input)
    found = RelaxCalls(recording.steps, nodes)

    def call(node: int) -> RelaxCall:
        obj: Any = nodes[node].obj
        name = operator(obj) if isinstance(obj, ir.Call) else ""
        return RelaxCall(node=node, operator=name, span=user_text(getattr(obj, "span", None)))

    kernels = []
    for name, sites in found.sites.items():
        known = found.kernels.get(name)
        if known is None or not any(map(any, known.sites)):
            continue  # it computes shapes, or another number of the virtual machine's
        groups = tuple(tuple(map(call, site.calls)) for site in sites)
        kernels.append(RelaxKernel(name=name, made_by=known.made_by, sites=groups))
    return tuple(kernels)

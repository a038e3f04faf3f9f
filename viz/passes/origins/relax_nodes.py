"""Link the nodes of lowered Relax functions to the user's bindings that they serve."""

from __future__ import annotations

from tvm import ir, relax

from viz.ir.functions import is_relax
from viz.ir.labels import operator
from viz.ir.walker import VARIABLES
from viz.model import SharedKernel
from viz.passes.origins.final_links import FinalLinks


def link_relax_nodes(links: FinalLinks) -> None:
    """Link functions by their names, bindings and values as the passes were followed.

    What stands below a value is linked to what the value is; a parameter is the user's own.
    """
    functions = {
        node.field: node.id
        for node in links.inputs.nodes
        if node.parent == 0 and is_relax(node.obj)
    }
    inside = bytearray(len(links.final))
    link, made_of = links.link, links.calls.made_of
    for node in links.final:
        if is_relax(node.obj):
            inside[node.id] = True
            link[node.id] = functions.get(node.field)
            continue
        inside[node.id] = node.parent >= 0 and inside[node.parent]
        if not inside[node.id]:
            continue
        if node.obj.__class__ in VARIABLES:
            link[node.id] = links.of_variable(node.handle)
        elif isinstance(node.obj, relax.Binding):
            link[node.id] = made_of.get(node.obj.var.__chandle__())
        elif node.field == "value":
            link[node.id] = made_of.get(node.handle)
        if link[node.id] is None and isinstance(links.final[node.parent].obj, relax.Expr):
            link[node.id] = link[node.parent]


def link_shared_kernels(links: FinalLinks) -> None:
    """Link kernels that several calls shared at first to those calls that they are left with.

    LegalizeOps makes one PrimFunc for all calls of an operator on the same shapes. Fusion may take
    some of them away.
    """
    nodes, link = links.inputs.nodes, links.link
    relinked: dict[int, int] = {}
    sites: set[int] = set()
    for node in links.final:
        if node.parent == 0:
            called = links.calls.sites.get(node.field.removesuffix(KERNEL), ())
            sites, relinked = {each for site in called for each in site.calls}, {}
        own = link[node.id]
        if not sites or own is None or own in sites or not isinstance(nodes[own].obj, ir.Call):
            continue
        if own not in relinked:
            name = operator(nodes[own].obj)
            alike = (each for each in sorted(sites) if operator(nodes[each].obj) == name)
            relinked[own] = next(alike, own)
        link[node.id] = relinked[own]


def shared_kernels(links: FinalLinks) -> tuple[SharedKernel, ...]:
    """Return the kernels of the final tree that more than one call shares."""
    functions = [node for node in links.final if node.parent == 0]
    ends = [*(node.id for node in functions[1:]), len(links.final)]
    found = []
    for node, end in zip(functions, ends, strict=True):
        sites = links.calls.sites.get(node.field.removesuffix(KERNEL), ())
        if len(sites) > 1:
            nodes = tuple((*site.calls, *site.arguments) for site in sites)
            found.append(SharedKernel(function=node.id, end=end, sites=nodes))
    return tuple(found)


KERNEL = "_kernel"
"""What TVM adds to the name of a function for the part that runs on a GPU."""

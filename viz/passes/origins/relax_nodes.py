"""Link the nodes of lowered Relax functions to the user's bindings that they serve."""

from __future__ import annotations

from tvm import relax

from viz.ir.functions import is_relax
from viz.ir.walker import VARIABLES
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

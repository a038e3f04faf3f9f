"""Link loops, branches and functions that a pass put around others by what they enclose.

Each is linked to the lowest input node of its kind that encloses the links of all that is in it.
Expressions that a pass composed are linked by their parts in the same way.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tvm import ir, tirx

from viz.passes.origins.final_links import FinalLinks

CONTAINERS = frozenset((tirx.For, tirx.While, tirx.IfThenElse, tirx.PrimFunc))
"""Statements and functions that are linked through what they enclose."""

OF_LOOPS = ("thread_extent", "virtual_thread", "pragma_")
"""How the ``attr_key`` of AttrStmts that were loops, or annotate one, begins."""


def link_containers(links: FinalLinks) -> None:
    """Link the loops, branches and functions without a link by what they enclose."""
    link, statement = links.link, links.statement
    enclosed: list[int | None] = [None] * len(links.final)
    for node in reversed(links.final):
        if statement[node.id] != node.id:
            continue
        inner = enclosed[node.id]
        if link[node.id] is None and inner is not None:
            link[node.id] = _enclosing_input(links, node.obj, inner)
        if node.parent >= 0:
            held = inner if link[node.id] is None else link[node.id]
            enclosed[node.parent] = links.inputs.lca_of((enclosed[node.parent], held))


def _enclosing_input(links: FinalLinks, obj: Any, inner: int) -> int | None:
    """Return the input node of the same kind around the links of what a statement encloses."""
    cls = obj.__class__
    if cls is tirx.AttrStmt and str(obj.attr_key).startswith(OF_LOOPS):
        cls = tirx.For
    elif cls not in CONTAINERS:
        return None
    node = links.inputs.nearest(inner, cls) if cls is not tirx.IfThenElse else None
    return inner if node is None else node


class _Parts(NamedTuple):
    """The lowest input node above the links of some nodes; ``single`` where it is one of these."""

    node: int
    single: bool


def link_composed_expressions(links: FinalLinks) -> None:
    """Link expressions without a link to the input node that holds the links of their parts."""
    link, statement = links.link, links.statement
    nearest: list[int | None] = []
    for node in links.final:
        above = link[node.parent] if node.parent >= 0 else None
        nearest.append(nearest[node.parent] if above is None and node.parent >= 0 else above)
    parts: dict[int, _Parts] = {}
    for node in reversed(links.final):
        if statement[node.id] == node.id:
            continue
        part = parts.get(node.id)
        if node.obj.__class__ is ir.Var:
            part = None  # below it is its type
        if part is not None and link[node.id] is None:
            # What holds one part alone is around it, not the same.
            inner = links.inputs.nodes[part.node].parent if part.single else part.node
            link[node.id] = _same_class(links, node.obj.__class__, inner, nearest[node.id])
        if (linked := link[node.id]) is not None:
            part = _Parts(linked, True)
        if part is not None:
            parts[node.parent] = _joined(links, parts.get(node.parent), part)


def _joined(links: FinalLinks, one: _Parts | None, other: _Parts) -> _Parts:
    if one is None:
        return other
    lca = links.inputs.lca(one.node, other.node)
    return _Parts(lca, _Parts(lca, True) in (one, other))


def _same_class(links: FinalLinks, cls: type, inner: int, limit: int | None) -> int | None:
    """Return the input node of a class that is, or is around, an inner one.

    It must lie below ``limit``, the link of what is around the expression, unless the parts came
    from elsewhere: a schedule can put the value of a buffer in the place of a load.
    """
    inputs = links.inputs
    node = inputs.nearest(inner, cls)
    if node is None or limit is None or inputs.lca(inner, limit) != limit:
        return node
    return node if inputs.lca(node, limit) == limit else None

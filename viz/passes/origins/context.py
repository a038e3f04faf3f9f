"""Link the remaining expressions by their parents' links.

A Var or constant gets the node in the same place below the input node that its parent is linked to;
any other expression gets that input node itself.
"""

from __future__ import annotations

from tvm import ir, tirx

from viz.ir.reflection import shape
from viz.ir.walker import CONSTANTS, Occurrence
from viz.passes.ancestry import TURNED
from viz.passes.origins.final_links import FinalLinks


def link_by_context(links: FinalLinks) -> None:
    """Link the root, and each expression without a link by the link of its parent."""
    context = _Context(links)
    link, statement = links.link, links.statement
    link[0] = 0
    for node in links.final:
        if link[node.id] is None and statement[node.id] != node.id:
            link[node.id] = context.link_of(node)


class _Context:
    """Finds the input node in the same place as a final node; keeps what it found."""

    def __init__(self, links: FinalLinks) -> None:
        self._links = links
        self._known: dict[tuple[int, int, str, type], int] = {}

    def link_of(self, node: Occurrence) -> int | None:
        """Return the input node of an expression whose parent has its link, if it has one."""
        links, cls = self._links, node.obj.__class__
        above, parent = links.link[node.parent], links.final[node.parent].obj.__class__
        if cls is ir.Var:
            if parent is tirx.PrimFunc:
                return self._parameter(node.handle)
            if above is None:
                return links.of_variable(node.handle)  # the user's own, in what a pass made up
        elif above is None or cls not in CONSTANTS:
            return above
        key = (above, node.handle, node.field, parent)
        if key not in self._known:
            self._known[key] = self._same_part(node, above, parent)
        return self._known[key]

    def _same_part(self, node: Occurrence, above: int, parent: type) -> int:
        """Return the part of the parent's link in the place of a node, else that link itself."""
        links, inputs = self._links, self._links.inputs
        cls, nodes = node.obj.__class__, inputs.nodes
        turned = TURNED.get(nodes[above].obj.__class__) is parent
        if turned or nodes[above].obj.__class__ is parent:
            parts = [part for part in inputs.children[above] if nodes[part].obj.__class__ is cls]
        elif cls is ir.Var and shape(parent).kind == "expr":
            parts = inputs.variables(above)  # an index that a pass made of several
        else:
            return above
        if cls is ir.Var:
            lineage = set(links.ancestry.variable_lineage(node.handle)) if parts else ()
            parts = [part for part in parts if nodes[part].handle in lineage]
        else:
            parts = [part for part in parts if nodes[part].obj.value == node.obj.value]
        in_place = [part for part in parts if nodes[part].field == node.field]
        return next(iter(in_place or (parts if turned or cls is ir.Var else ())), above)

    def _parameter(self, variable: int) -> int | None:
        """Return the link of a parameter of a function; a kernel's is that of its buffer."""
        links = self._links
        if (link := links.of_variable(variable)) is not None:
            return link
        users = links.ancestry.uses.get(variable, ())
        declared = (links.of_earlier_statements.get(user.handle) for user in users)
        return next((link for link in declared if link is not None), None)

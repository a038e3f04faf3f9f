"""Link the final nodes that survived from the user's module or were rebuilt from its nodes."""

from __future__ import annotations

from collections import Counter

from viz.ir.walker import CONSTANTS, Occurrence
from viz.passes.origins.final_links import FinalLinks


def link_surviving_nodes(links: FinalLinks) -> None:
    """Link what has a span of the user's, or was rebuilt from what has."""
    Survivors(links).link_all()


class Survivors:
    """Links final nodes by their objects; shared objects by the statement they stand in."""

    def __init__(self, links: FinalLinks) -> None:
        self._links = links
        self._uses: Counter[tuple[int, int, int]] = Counter()

    def link_all(self) -> None:
        """Link all final nodes whose object, or one it was rebuilt from, is the user's."""
        known: dict[int, tuple[int | None, bool]] = {}
        links = self._links
        objects, by_span = links.ancestry.objects, links.inputs.by_span
        link, exact = links.link, links.exact
        for node in links.final:
            handle, cls = node.handle, node.obj.__class__
            if (traced := objects.get(handle)) is not None:
                if handle not in known:
                    known[handle] = links.of_object(traced)
                link[node.id], exact[node.id] = known[handle]
            elif cls in CONSTANTS and (span := node.obj.span) is not None:
                link[node.id] = by_span.get((span.__chandle__(), cls))
                exact[node.id] = link[node.id] is not None
            input_node = link[node.id]
            if input_node is not None:
                self._settle(node, input_node)

    def _settle(self, node: Occurrence, input_node: int) -> None:
        """Link a node to where its object stands in its own statement; check what is exact."""
        links, inputs = self._links, self._links.inputs
        places = inputs.repeated.get(inputs.nodes[input_node].handle)
        if places is not None and not links.is_statement(node.id):
            statement = links.link[links.statement[node.id]]
            inside = [place for place in places if inputs.statement(place) == statement]
            if statement is None or not inside:
                links.exact[node.id] = False  # it was taken out of the statement it stood in
                return
            # The first use in the final statement is the first one in the user's, and so on.
            key = statement, input_node, links.statement[node.id]
            links.link[node.id] = input_node = inside[min(self._uses[key], len(inside) - 1)]
            self._uses[key] += 1
        links.exact[node.id] = links.exact[node.id] and inputs.exact[input_node]

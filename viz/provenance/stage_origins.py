"""Tell where the nodes of a stage come from, for the texts that are written from it.

The nodes of the input come from themselves; those of a later stage from the input nodes that they
are linked to.
"""

from __future__ import annotations

from viz.model import Certainty, Links, Node, Origin, Origins, Tree
from viz.text import Span


def stage_origins(name: str, program: Tree, stage: Tree, links: Links | None = None) -> Origins:
    """Return the origins of all nodes of a stage.

    Parameters
    ----------
    name
        The target whose texts these are the origins of.
    program
        The user's tree.
    stage
        The tree of the stage; with no ``links`` the user's too.
    links
        Which node of ``program`` became which of ``stage``.
    """
    linked: dict[int, tuple[int, Certainty]]
    if links is None:
        linked = {node.id: (node.id, "exact") for node in stage.nodes}
    else:
        linked = {link.after: (link.before, link.certainty) for link in links.links}
    spans = inherited_spans(program)
    nodes = []
    for node in stage.nodes:
        if node.id not in linked:
            nodes.append(Origin(node.id, None, None, 0, "synthesised"))
            continue
        before, certainty = linked[node.id]
        span = spans.get(before)
        nodes.append(Origin(node.id, before, span, 0, certainty if span else "lost"))
    return Origins(target=name, nodes=tuple(nodes))


def inherited_spans(program: Tree) -> dict[int, Span]:
    """Return the span of each node, of one without that of the nearest node around it."""
    spans: dict[int, Span] = {}
    for node in program.nodes:  # parents come before their children
        if (own := own_span(node)) is not None:
            spans[node.id] = own
        if node.id in spans:
            for child in node.children:
                spans[child.id] = spans[node.id]
    return spans


def own_span(node: Node) -> Span | None:
    """Return the span that is a node's own: that of a type is that of its value."""
    return node.span if node.kind != "type" else None

"""Draw the trees of linked panes: the user's, and each target's as its codegen got it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from viz.model import Origins, Tree
from viz.provenance.coverage import PROLOGUES
from viz.render import graph

WIDTH, HEIGHT = 520.0, 620.0
"""Points of a pane, by which the direction of a small tree is chosen."""

_TITLES = re.compile(r"<title>[^<]*</title>")
_IDS = re.compile(r' id="n(\d+)"')


def picture(
    tree: Tree,
    name: str,
    view: graph.View | None = None,
    positions: graph.Layout | None = None,
    changes: Mapping[int, str] = MappingProxyType({}),
) -> str:
    """Return a tree as an SVG for a page that has :func:`viz.render.graph.style`.

    Its nodes have the ids ``<name>-n7``, since a page holds several, and no tab stops of their own.

    Parameters
    ----------
    view, positions
        What is drawn of it, and where; by default what fits a report.
    changes
        By id, the nodes that a pass added, changed or moved.

    Raises
    ------
    WorkerError
        When Graphviz took too long, failed, or is not installed.
    """
    if view is None or positions is None:
        view, positions = graph.fit(tree, graph.WHOLE, WIDTH, HEIGHT)
    drawing = graph.svg(tree, view, positions, "auto", changes)
    # The page has the style once, and its own card says more than a tooltip. Text is escaped, so
    # none of the user's can look like these.
    drawing = drawing.replace(f"<style>{graph.style('auto')}</style>\n", "")
    drawing = _TITLES.sub("", drawing)
    drawing = _IDS.sub(rf' id="{name}-n\1"', drawing)
    return drawing.replace(' tabindex="0"', "")


def without_checks(final: Tree, origins: Origins) -> tuple[Tree, int]:
    """Return a final tree without the statements that check arguments, and how many those are.

    The nodes keep their ids; the edges to the statements are left out.
    """
    made = {node.id for node in final.nodes if origins.maker(node.id) in PROLOGUES}
    kept = {origin.node for origin in origins.nodes if origin.input_node is not None}
    for node in reversed(final.nodes):  # children come before their parents
        if any(child.id in kept for child in node.children):
            kept.add(node.id)
    left_out = {
        node.id
        for node in final.nodes
        if node.kind == "stmt" and node.id in made and node.id not in kept
    }
    nodes = tuple(
        msgspec.structs.replace(
            node, children=tuple(child for child in node.children if child.id not in left_out)
        )
        for node in final.nodes
    )
    roots = sum(
        child.id in left_out
        for node in final.nodes
        if node.id not in left_out
        for child in node.children
    )
    return msgspec.structs.replace(final, nodes=nodes), roots

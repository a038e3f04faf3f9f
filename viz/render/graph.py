"""A Tree as a picture and as indented text for a terminal.

Tree → shown nodes (folding) → DOT → boxes and curves (layout) → SVG (drawing), each step a pure
function over plain data. The numbers come from Graphviz, the drawing is ours.
"""

from __future__ import annotations

from html import escape
from typing import Literal

import graphviz
import msgspec

from viz.model import Kind, Tree
from viz.render.captions import HEIGHT, SIZE, SMALL, Caption, captions, cut
from viz.render.folding import MOST, WHOLE, Shown, View, fold
from viz.render.graphviz_layout import Box, Curve, Layout, draw, layout
from viz.render.palette import PALETTES, Theme
from viz.render.svg import colour_class, style, svg

__all__ = [
    "MOST",
    "WHOLE",
    "Box",
    "Curve",
    "Layout",
    "Shown",
    "View",
    "arrange",
    "dot",
    "fit",
    "fold",
    "layout",
    "render",
    "style",
    "svg",
    "text_tree",
]

# Graphviz's style by kind, the same shapes as the SVG's.
_STYLES: dict[Kind, str] = {
    "module": "filled,bold",
    "func": "filled,bold",
    "stmt": "filled",
    "expr": "filled,rounded",
    "type": "filled,rounded,dashed",
    "other": "filled,rounded",
}


_SPACING = {
    "right": {"rankdir": "LR", "nodesep": ".06", "ranksep": ".25"},
    "down": {"rankdir": "TB", "nodesep": ".14", "ranksep": ".22"},
}
SMALL_TREE = 200
"""Shown nodes up to which both directions are laid out to see which fits better."""
READABLE = 0.7
"""The least zoom at which a picture opens, and ``MOST_ZOOM`` the largest; see picture.js."""
MOST_ZOOM = 1.3
LARGE_TREE = 400
"""Shown nodes beyond which Graphviz is spared the fields' names: it takes a third of the time."""


def fit(tree: Tree, view: View, width: float, height: float) -> tuple[View, Layout]:
    """Return the view in the direction that fills a pane best, and its layout.

    Raises
    ------
    RequestError, WorkerError
        See :func:`render`.
    """
    right = arrange(tree, view)
    if len(right.boxes) > SMALL_TREE:
        return view, right
    downward = msgspec.structs.replace(view, direction="down")
    down = arrange(tree, downward)

    def worth(found: Layout) -> tuple[int, float]:
        return _seen(found, width, height), _zoom(found, width, height)

    return (downward, down) if worth(down) > worth(right) else (view, right)


def _zoom(found: Layout, width: float, height: float) -> float:
    return min(width / found.width, height / found.height)


def _seen(found: Layout, width: float, height: float) -> int:
    """Return how many boxes a picture shows when it opens: its root in the middle, if it can be."""
    zoom = min(MOST_ZOOM, max(READABLE, _zoom(found, width, height)))
    root = min(found.boxes, key=lambda box: box.id)
    left = _begin(root.x + root.w / 2, width / zoom, found.width)
    top = _begin(root.y + root.h / 2, height / zoom, found.height)
    return sum(
        left <= box.x + box.w / 2 <= left + width / zoom
        and top <= box.y + box.h / 2 <= top + height / zoom
        for box in found.boxes
    )


def _begin(middle: float, shown: float, whole: float) -> float:
    return max(0.0, min(middle - shown / 2, whole - shown))


def arrange(tree: Tree, view: View = WHOLE, timeout: float = 10.0) -> Layout:
    """Return where the boxes and curves of a picture go.

    Graphviz gets boxes of our measure and no words but the fields' names, and of a large tree not
    even these: they then stand in the middle of their curves, where there is room for them.

    Raises
    ------
    WorkerError
        See :func:`render`.
    """
    shown = fold(tree, view)
    said = captions(tree, shown)
    large = len(shown.nodes) > LARGE_TREE
    spacing = _SPACING[view.direction] | ({"ranksep": ".8"} if large else {})
    settings = ";".join(f"{name}={value}" for name, value in spacing.items())
    lines = [
        f"digraph{{{settings};ordering=out",
        f'node[shape=box,fixedsize=true,height={HEIGHT / 72:.3f},label=""]',
        f"edge[arrowhead=none,fontname=Arial,fontsize={SMALL}]",
    ]
    fields = {}
    for id_ in shown.nodes:
        lines.append(f"n{id_}[width={said[id_].width / 72:.3f}]")
        for child in shown.children[id_]:
            fields[id_, child.id] = cut(child.field)
            label = "" if large or not child.field else f"[label=<{escape(cut(child.field))}>]"
            lines.append(f"n{id_}->n{child.id}{label}")
    found = layout("\n".join([*lines, "}"]), timeout)
    if not large:
        return found
    curves = (msgspec.structs.replace(c, label=fields[c.tail, c.head]) for c in found.curves)
    return msgspec.structs.replace(found, curves=tuple(curves))


def dot(tree: Tree, view: View = WHOLE, theme: Theme = "light", *, dpi: int = 72) -> str:
    """Return the picture as DOT text; a node's name and id are ``n`` and its id in the Tree.

    ``dpi`` matters to bitmaps only; Graphviz keeps positions in points at 72.
    """
    palette = PALETTES[theme]
    shown = fold(tree, view)
    said = captions(tree, shown)
    graph = graphviz.Digraph(
        # ordering=out keeps children in the order of their fields, top to bottom.
        graph_attr={
            **_SPACING[view.direction],
            "ordering": "out",
            "bgcolor": palette.ground,
            "pad": ".1",
            "dpi": f"{dpi}",
        },
        node_attr={
            "shape": "box",
            "height": f"{HEIGHT / 72:.3f}",
            "margin": ".08,.02",
            "fontname": "Arial",
            "fontsize": f"{SIZE}",
            "fontcolor": palette.ink,
        },
        edge_attr={
            "arrowhead": "none",
            "color": palette.edge,
            "fontname": "Arial",
            "fontsize": f"{SMALL}",
            "fontcolor": palette.soft,
        },
    )
    for id_ in shown.nodes:
        node = tree.nodes[id_]
        paint = palette.paints[colour_class(node)]
        graph.node(
            f"n{id_}",
            _label(said[id_], palette.soft),
            id=f"n{id_}",
            # Our own measure: room for the SVG's words whatever fonts are here.
            width=f"{said[id_].width / 72:.3f}",
            style=_STYLES[node.kind],
            fillcolor=paint.fill,
            color=paint.line,
            **{"class": f"{node.kind} {colour_class(node)}"},
        )
        for child in shown.children[id_]:
            field = escape(cut(child.field))
            graph.edge(f"n{id_}", f"n{child.id}", label=f"<{field}>" if field else "")
    source: str = graph.source
    return source


def _label(said: Caption, soft: str) -> str:
    """Return a caption in Graphviz's HTML-like markup, where nothing but markup needs escaping."""
    label = f" {escape(said.label)}" if said.label else ""
    small = "".join(f" {escape(text)}" for text in (said.dtype, said.badge) if text)
    if small:
        small = f'<FONT POINT-SIZE="{SMALL}" COLOR="{soft}">{small}</FONT>'
    return f"<<B>{escape(said.title) or '?'}</B>{label}{small}>"


def render(
    tree: Tree,
    view: View = WHOLE,
    format: Literal["svg", "dot", "png", "pdf"] = "svg",
    theme: Literal[Theme, "auto"] = "light",
    timeout: float = 10.0,
) -> bytes:
    """Return the picture as a file's bytes, drawn within ``timeout`` seconds.

    Only the SVG can be ``auto``; the other formats are light then.

    Raises
    ------
    RequestError
        When the Tree has no node ``view.root``.
    WorkerError
        When Graphviz took too long, failed, or is not installed.
    """
    if format == "svg":
        return svg(tree, view, arrange(tree, view, timeout), theme).encode()
    text = dot(
        tree, view, "light" if theme == "auto" else theme, dpi=144 if format == "png" else 72
    )
    return text.encode() if format == "dot" else draw(text, format, timeout)


def text_tree(tree: Tree, view: View = WHOLE) -> str:
    """Return the shown nodes as indented lines, ``field: Title label  dtype``."""
    shown = fold(tree, view)
    said = captions(tree, shown)
    lines = []
    # What a node's own line starts with, and what the lines below it start with.
    stack = [(shown.root, "", "", "")]
    while stack:
        id_, field, lead, hang = stack.pop()
        caption = said[id_]
        words = f"{caption.title} {caption.label}".rstrip()
        lines.append(f"{lead}{field}{words}{'  ' if caption.dtype else ''}{caption.dtype}")
        rows = shown.children[id_]
        if caption.badge:
            lines.append(f"{hang}{'├' if rows else '└'}─ … {caption.badge[1:]} more")
        for place, child in enumerate(reversed(rows)):
            branch, rest = ("├─ ", "│  ") if place else ("└─ ", "   ")
            stack.append((child.id, f"{cut(child.field)}: ", hang + branch, hang + rest))
    return "\n".join(lines)

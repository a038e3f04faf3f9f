"""Draw a Tree as a picture, or as indented text for a terminal.

Tree → shown nodes (``folding``) → DOT → boxes and curves (``graphviz_layout``) → SVG (``svg``),
each step a pure function over plain data. Graphviz computes positions; the SVG is written here.
"""

from __future__ import annotations

from html import escape
from typing import Literal

import graphviz
import msgspec

from viz.locale.translator import Translator
from viz.model import Kind, Tree
from viz.render.captions import HEIGHT, SIZE, SMALL, Caption, captions, cut
from viz.render.folding import MOST, WHOLE, Shown, View, fold
from viz.render.graphviz_layout import Box, Curve, Layout, draw, layout
from viz.render.palette import PALETTES, Theme
from viz.render.svg import colour_class, style, svg
from viz.render.translated_labels import in_language

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

# Graphviz's style of a node by its kind: the same shapes as in the SVG.
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
_ENGLISH = Translator("en")
SMALL_TREE = 200
"""The most shown nodes with which both directions are laid out and the better one is taken."""
READABLE = 1.0
"""The least zoom at which a picture opens, and ``MOST_ZOOM`` the largest; see tree_picture.js."""
MOST_ZOOM = 1.3
LARGE_TREE = 400
"""Shown nodes beyond which Graphviz gets no field names, which takes a third of the time."""


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

    def fitness(positions: Layout) -> tuple[int, float]:
        return _visible(positions, width, height), _zoom(positions, width, height)

    return (downward, down) if fitness(down) > fitness(right) else (view, right)


def _zoom(positions: Layout, width: float, height: float) -> float:
    return min(width / positions.width, height / positions.height)


def _visible(positions: Layout, width: float, height: float) -> int:
    """Return how many boxes a pane shows when it opens: around the root, at a readable zoom."""
    zoom = min(MOST_ZOOM, max(READABLE, _zoom(positions, width, height)))
    root = min(positions.boxes, key=lambda box: box.id)
    left = _scroll(root.x + root.w / 2, width / zoom, positions.width)
    top = _scroll(root.y + root.h / 2, height / zoom, positions.height)
    return sum(
        left <= box.x + box.w / 2 <= left + width / zoom
        and top <= box.y + box.h / 2 <= top + height / zoom
        for box in positions.boxes
    )


def _scroll(middle: float, shown: float, whole: float) -> float:
    """Return where the shown part of a picture begins when a point of it is to be in the middle."""
    return max(0.0, min(middle - shown / 2, whole - shown))


def arrange(tree: Tree, view: View = WHOLE, timeout: float = 10.0) -> Layout:
    """Return the positions of the boxes and curves of a picture.

    Graphviz gets the size of each box and the fields' names, but of a large tree no names: they
    are then placed in the middle of their curves.

    Raises
    ------
    WorkerError
        See :func:`render`.
    """
    shown = fold(tree, view)
    labels = captions(tree, shown)
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
        lines.append(f"n{id_}[width={labels[id_].width / 72:.3f}]")
        for child in shown.children[id_]:
            fields[id_, child.id] = cut(child.field)
            label = "" if large or not child.field else f"[label=<{escape(cut(child.field))}>]"
            lines.append(f"n{id_}->n{child.id}{label}")
    positions = layout("\n".join([*lines, "}"]), timeout)
    if not large:
        return positions
    curves = (msgspec.structs.replace(c, label=fields[c.tail, c.head]) for c in positions.curves)
    return msgspec.structs.replace(positions, curves=tuple(curves))


def dot(tree: Tree, view: View = WHOLE, theme: Theme = "light", *, dpi: int = 72) -> str:
    """Return the picture as DOT text; a node's name and id are ``n`` and its id in the Tree.

    ``dpi`` is the resolution of bitmaps; it does not change positions, which are in points.
    """
    palette = PALETTES[theme]
    shown = fold(tree, view)
    labels = captions(tree, shown)
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
            _label(labels[id_], palette.soft),
            id=f"n{id_}",
            # Wide enough for the words of the SVG, whatever fonts are installed.
            width=f"{labels[id_].width / 72:.3f}",
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


def _label(caption: Caption, soft: str) -> str:
    """Return a caption in Graphviz's HTML-like markup, where nothing but markup needs escaping."""
    label = f" {escape(caption.label)}" if caption.label else ""
    small = "".join(f" {escape(text)}" for text in (caption.dtype, caption.badge) if text)
    if small:
        small = f'<FONT POINT-SIZE="{SMALL}" COLOR="{soft}">{small}</FONT>'
    return f"<<B>{escape(caption.title) or '?'}</B>{label}{small}>"


def render(
    tree: Tree,
    view: View = WHOLE,
    format: Literal["svg", "dot", "png", "pdf"] = "svg",
    theme: Literal[Theme, "auto"] = "light",
    timeout: float = 10.0,
) -> bytes:
    """Return the picture as a file's bytes, drawn within ``timeout`` seconds.

    Only SVG has the theme ``auto``; the other formats are light then.

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


def text_tree(tree: Tree, view: View = WHOLE, words: Translator = _ENGLISH) -> str:
    """Return the shown nodes as indented lines, ``field: Title label  dtype``."""
    _ = words
    tree = in_language(tree, words.language)
    shown = fold(tree, view)
    labels = captions(tree, shown)
    lines = []
    # Of each node: its id, its field, the start of its own line and of the lines below it.
    stack = [(shown.root, "", "", "")]
    while stack:
        id_, field, lead, hang = stack.pop()
        caption = labels[id_]
        text = f"{caption.title} {caption.label}".rstrip()
        lines.append(f"{lead}{field}{text}{'  ' if caption.dtype else ''}{caption.dtype}")
        rows = shown.children[id_]
        if caption.badge:
            hidden = _("… {count} more", count=caption.badge[1:])
            lines.append(f"{hang}{'├' if rows else '└'}─ {hidden}")
        for place, child in enumerate(reversed(rows)):
            branch, rest = ("├─ ", "│  ") if place else ("└─ ", "   ")
            stack.append((child.id, f"{cut(child.field)}: ", hang + branch, hang + rest))
    return "\n".join(lines)

"""Write the SVG of a tree from the positions of its layout.

Graphviz's own SVG is not used, so that every node carries the Tree's id and what a screen reader
needs, and takes its colours from one style sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from types import MappingProxyType
from typing import Literal

from viz.model import Kind, Node, Tree, catalog
from viz.render.captions import HEIGHT, PADDING, SIZE, SMALL, Caption, captions, cut
from viz.render.folding import Shown, View, fold
from viz.render.graphviz_layout import Box, Curve, Layout
from viz.render.palette import PALETTES, Palette, Theme

FONTS = 'Arial, "Liberation Sans", Helvetica, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif'
MARGIN = 6
"""Points around the picture, for strokes and the focus ring."""


def svg(
    tree: Tree,
    view: View,
    layout: Layout,
    theme: Literal[Theme, "auto"] = "light",
    changes: Mapping[int, str] = MappingProxyType({}),
) -> str:
    """Return the picture as one ``<svg>`` element without scripts and without references.

    ``changes`` has, by id, the nodes that were ``added``, ``changed``, ``moved`` or
    ``removed``.

    Nodes are ``<g class="node stmt loop" id="n12" data-node="12">`` in pre-order with the Tree's
    ids, edges ``<path class="edge" data-tail="3" data-head="12">``. ``layout`` must come from the
    DOT of the same tree and view. The theme ``auto`` follows the reader's system.
    """
    shown = fold(tree, view)
    labels = captions(tree, shown)
    boxes = {box.id: box for box in layout.boxes}
    levels = _levels(shown)
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="viz-ast {theme}" role="tree"'
        f' aria-label="AST, {escape(str(tree.stage))}" width="{width:g}" height="{height:g}"'
        f' viewBox="{-MARGIN} {-MARGIN} {width:g} {height:g}">',
        f"<style>{style(theme)}</style>",
        '<g class="edges" aria-hidden="true">',
        *map(_edge, layout.curves),
        '</g><g class="nodes" role="group">',
        *(
            _node(
                tree.nodes[id_],
                labels[id_],
                boxes[id_],
                levels[id_],
                shown.hidden.get(id_, 0),
                changes.get(id_, ""),
            )
            for id_ in shown.nodes
        ),
        "</g></svg>",
    ]
    return "\n".join(lines)


def _edge(curve: Curve) -> str:
    start, *rest = (f"{x:g},{y:g}" for x, y in curve.points)
    path = (
        f'<path class="edge" data-tail="{curve.tail}" data-head="{curve.head}"'
        f' d="M{start}C{" ".join(rest)}"/>'
    )
    if not curve.label:
        return path
    return (
        f'{path}<text class="field" x="{curve.label_x:g}" y="{curve.label_y + SMALL / 3:g}">'
        f"{escape(curve.label)}</text>"
    )


# Corner radius in points by kind; 4 is the default. Stmts are square, Exprs are pills.
_RADII: dict[Kind, float] = {"stmt": 1.5, "expr": HEIGHT / 2, "module": 4, "func": 4}


def _node(node: Node, caption: Caption, box: Box, level: int, hidden: int, change: str) -> str:
    x = box.x + (box.w - caption.width) / 2 + PADDING
    middle = box.y + box.h / 2
    name = " ".join(filter(None, (caption.title, caption.label, caption.dtype)))
    expanded = f' aria-expanded="{"false" if caption.badge else "true"}"' if node.children else ""
    parts = [
        f'<g class="{" ".join(filter(None, ("node", node.kind, colour_class(node), change)))}"'
        f' id="n{node.id}" data-node="{node.id}"'
        f' data-hidden="{hidden}" tabindex="0" role="treeitem" aria-level="{level}"{expanded}'
        f' aria-label="{escape(name)}">',
        f"<title>{escape(tooltip(node, hidden))}</title>",
        f'<rect class="box" x="{box.x:g}" y="{box.y:g}" width="{box.w:g}" height="{box.h:g}"'
        f' rx="{_RADII.get(node.kind, 4):g}"/>',
        # textLength makes the words fit where other fonts than the measured ones are installed.
        f'<text x="{x:.2f}" y="{middle + SIZE * 0.35:.2f}" textLength="{caption.text_width:.2f}"'
        f' lengthAdjust="spacingAndGlyphs"><tspan class="title">{escape(caption.title)}</tspan>',
        f" {escape(caption.label)}" if caption.label else "",
        f'<tspan class="dtype"> {escape(caption.dtype)}</tspan>' if caption.dtype else "",
        "</text>",
    ]
    if caption.badge:
        left, width = x + caption.text_width + 4, caption.badge_width
        parts.append(
            f'<g class="badge"><rect x="{left:.2f}" y="{middle - 6.5:.2f}" width="{width:.2f}"'
            f' height="13" rx="6.5"/><text x="{left + width / 2:.2f}" y="{middle + 3.2:.2f}">'
            f"{caption.badge}</text></g>"
        )
    return "".join([*parts, "</g>"])


def tooltip(node: Node, hidden: int) -> str:
    """Return the tooltip of a box: its type, path, dtype and fields, a line each."""
    return "\n".join(_tooltip_lines(node, hidden))


def _tooltip_lines(node: Node, hidden: int) -> Iterator[str]:
    yield cut(node.type_key)
    yield cut(node.path, 200)
    if node.dtype:
        yield f"dtype = {cut(node.dtype)}"
    for name, value in list(node.fields.items())[:12]:
        yield f"{cut(name)} = {cut(value, 100)}"
    if hidden:
        yield f"{hidden} folded away"


def _levels(shown: Shown) -> dict[int, int]:
    levels = {shown.root: 1}
    for id_ in shown.nodes:
        levels |= {child.id: levels[id_] + 1 for child in shown.children[id_]}
    return levels


# ---------------------------------------------------------------- colours

# The colour classes that rows of the catalog may name, by the kind of their nodes; the first is for
# types without a row. A test holds the rows to it.
_CLASSES: dict[Kind, tuple[str, ...]] = {
    "module": ("structure",),
    "func": ("structure",),
    "stmt": ("effect", "loop", "branch", "block", "store", "scope"),
    "expr": ("operator", "compare", "load", "call", "leaf"),
    "type": ("type",),
    "other": ("other", "structure"),
}


def colour_class(node: Node) -> str:
    """Return the colour class of a node: its catalog row's, if its kind allows that."""
    row = catalog.nodes().get(node.type_key)
    classes = _CLASSES[node.kind]
    return row.colour if row and row.colour in classes else classes[0]


def style(theme: Literal[Theme, "auto"]) -> str:
    """Return the CSS of a picture, scoped to ``.viz-ast`` of this theme."""
    scope = f".viz-ast.{theme}"
    if theme != "auto":
        return _SHAPES + _colours(scope, PALETTES[theme])
    dark = _colours(scope, PALETTES["dark"])
    light = _colours(scope, PALETTES["light"])
    return f"{_SHAPES}{light}@media(prefers-color-scheme:dark){{{dark}}}"


_SHAPES = (
    f".viz-ast{{font-family:{FONTS}}}"
    f".viz-ast text{{font-size:{SIZE}px}}"
    ".viz-ast .title{font-weight:bold}"
    f".viz-ast .dtype,.viz-ast .field,.viz-ast .badge text{{font-size:{SMALL}px}}"
    ".viz-ast .field,.viz-ast .badge text{text-anchor:middle}"
    ".viz-ast .edge{fill:none;stroke-width:1}"
    ".viz-ast .box{stroke-width:1.1}"
    ".viz-ast .module .box,.viz-ast .func .box{stroke-width:2.2}"
    ".viz-ast .node.type .box{stroke-dasharray:3 2}"
    ".viz-ast .node{outline:none}.viz-ast .node:focus-visible .box{stroke-width:3}"
)


def _colours(scope: str, palette: Palette) -> str:
    rules = [
        f"{scope}{{background:{palette.ground}}}{scope} text{{fill:{palette.ink}}}",
        f"{scope} .dtype,{scope} .field{{fill:{palette.soft}}}",
        f"{scope} .field{{stroke:{palette.ground};stroke-width:2;paint-order:stroke}}",
        f"{scope} .edge{{stroke:{palette.edge}}}",
        f"{scope} .badge rect{{fill:{palette.ground};stroke:{palette.edge}}}",
    ]
    for name, paint in palette.paints.items():
        rules.append(f"{scope} .{name} .box{{fill:{paint.fill};stroke:{paint.line}}}")
    # After the colour classes, so that the outline of a changed node wins over its class's.
    rules += [f"{scope} .{name} .box{{{lines}}}" for name, lines in _CHANGES.items()]
    return "".join(rules)


_CHANGES = {
    "added": "stroke:#2b8a5b;stroke-width:3",
    "changed": "stroke:#c2410c;stroke-width:3",
    "removed": "stroke:#d1603d;stroke-width:3;stroke-dasharray:2 2",
    "moved": "stroke:#7c3aed;stroke-width:3;stroke-dasharray:6 3",
}

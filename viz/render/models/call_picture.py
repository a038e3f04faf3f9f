"""Draw the calls of kernels that a Relax function makes, with an edge for each result handed on.

Layers are one box each; the calls of one that is unfolded are drawn in its place. Graphviz lays out
the boxes, left to right; colours come from the style sheet of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from viz.errors import RequestError
from viz.locale.translator import Translator
from viz.messages import message_of
from viz.model import CallGraph, KernelCall, Overview, Plain
from viz.provenance.models.layers import ModelLayer
from viz.render.captions import BOLD, PADDING, SIZE, SMALL, cut, text_points
from viz.render.graphviz_layout import Box, Curve, Layout, layout

MOST = 400
"""The most boxes of a picture."""
HEIGHT = 38
"""Points of a box: two lines."""
MARGIN = 6
LONGEST_TITLE = 34


class CallBox(Plain, frozen=True):
    """What a box stands for: a call, or a folded layer."""

    title: str
    detail: str
    calls: tuple[int, ...]
    """The numbers of its calls."""
    layer: int = -1
    """The number of the layer that it is, or is in; -1 for none."""
    is_folded: bool = False


def operators(overview: Overview, call: KernelCall) -> tuple[str, ...]:
    """Return the operators of Relax, or the PrimFuncs, that a call stands for."""
    site = overview.kernels[call.kernel].sites[call.site]
    return tuple(
        each.callee or each.operator.removeprefix("relax.").removeprefix("nn.") for each in site
    )


def layer_name(layer: ModelLayer, _: Translator) -> str:
    """Return the name of a layer, or its number where repetition told it."""
    return layer.name or _("layer {number}", number=layer.number)


def boxes(
    overview: Overview,
    graph: CallGraph,
    layers: Sequence[ModelLayer],
    unfolded: Sequence[int],
    words: Translator,
) -> list[CallBox]:
    """Return the boxes of a picture, in the order of their first calls."""
    _ = words
    of_call = {i: layer for layer in layers for i in layer.calls}
    shown: list[CallBox] = []
    folded: set[int] = set()
    for i, call in enumerate(graph.calls):
        layer = of_call.get(i)
        if layer is not None and layer.number not in unfolded:
            if layer.number not in folded:
                folded.add(layer.number)
                count = _.plural("one call", "{count} calls", len(layer.calls))
                name = layer_name(layer, _)
                shown.append(CallBox(name, count, layer.calls, layer.number, is_folded=True))
            continue
        title = " · ".join(operators(overview, call))
        kernel = overview.kernels[call.kernel].name
        shown.append(CallBox(title, kernel, (i,), layer.number if layer else -1))
    return shown


def call_picture(
    overview: Overview,
    graph: CallGraph,
    layers: Sequence[ModelLayer],
    unfolded: Sequence[int],
    words: Translator,
) -> str:
    """Return the picture as one ``<svg>`` element without scripts and references.

    Boxes are ``<g class="call-box" data-calls="3" data-layer="-1">``; a folded layer's has the
    class ``folded`` and all of its calls.

    Raises
    ------
    RequestError
        When there are more than :data:`MOST` boxes.
    WorkerError
        When Graphviz took too long, failed, or is not installed.
    """
    _ = words
    shown = boxes(overview, graph, layers, unfolded, words)
    if len(shown) > MOST:
        raise RequestError(message_of("too-many-calls", count=len(shown), most=MOST))
    edges = _edges(graph, shown)
    lines = [
        "digraph{rankdir=LR;nodesep=.12;ranksep=.3",
        "node[shape=box,fixedsize=true]",
        "edge[arrowhead=none]",
    ]
    lines += [
        f"n{i}[width={_width(box) / 72:.3f},height={HEIGHT / 72:.3f}]"
        for i, box in enumerate(shown)
    ]
    lines += [f"n{tail}->n{head}" for tail, head in edges]
    return _svg(graph, shown, layout("\n".join([*lines, "}"])), _)


def _edges(graph: CallGraph, shown: Sequence[CallBox]) -> list[tuple[int, int]]:
    place = {call: i for i, box in enumerate(shown) for call in box.calls}
    pairs = {
        (place[given], place[i])
        for i, call in enumerate(graph.calls)
        for given in call.inputs
        if place[given] != place[i]
    }
    return sorted(pairs)


def _width(box: CallBox) -> float:
    title = text_points(cut(box.title, LONGEST_TITLE), SIZE, BOLD)
    detail = text_points(cut(box.detail, LONGEST_TITLE), SMALL)
    return max(title, detail) + 2 * PADDING


def _svg(graph: CallGraph, shown: Sequence[CallBox], places: Layout, _: Translator) -> str:
    width, height = places.width + 2 * MARGIN, places.height + 2 * MARGIN
    label = _(
        "Calls of {function}: {boxes}",
        function=graph.function,
        boxes=_.plural("one box", "{count} boxes", len(shown)),
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="call-graph" role="group" '
            f'aria-label="{escape(label)}" width="{width:g}" height="{height:g}" '
            f'viewBox="{-MARGIN} {-MARGIN} {width:g} {height:g}">',
            '<g class="edges" aria-hidden="true">',
            *map(_edge, places.curves),
            "</g>",
            *_boxes(shown, places, _),
            "</svg>",
        ]
    )


def _edge(curve: Curve) -> str:
    start, *rest = (f"{x:g},{y:g}" for x, y in curve.points)
    return (
        f'<path data-tail="{curve.tail}" data-head="{curve.head}" d="M{start}C{" ".join(rest)}"/>'
    )


def _boxes(shown: Sequence[CallBox], places: Layout, _: Translator) -> Iterator[str]:
    by_id = {box.id: box for box in places.boxes}
    for i, box in enumerate(shown):
        yield _box(i, box, by_id[i], _)


def _box(id_: int, box: CallBox, place: Box, _: Translator) -> str:
    calls = " ".join(map(str, box.calls))
    kind = " folded" if box.is_folded else " inside" if box.layer >= 0 else ""
    words = f"{box.title}: {box.detail}"
    return (
        f'<g class="call-box{kind}" data-box="{id_}" data-calls="{calls}" data-layer="{box.layer}"'
        f' role="button" tabindex="{-1 if id_ else 0}" aria-label="{escape(words)}">'
        f"<title>{escape(words)}</title>"
        f'<rect x="{place.x:g}" y="{place.y:g}" width="{place.w:g}" height="{place.h:g}" rx="7"/>'
        f'<text class="title" x="{place.x + PADDING:g}" y="{place.y + 16:g}" font-size="{SIZE}">'
        f"{escape(cut(box.title, LONGEST_TITLE))}</text>"
        f'<text class="detail" x="{place.x + PADDING:g}" y="{place.y + 31:g}" font-size="{SMALL}">'
        f"{escape(cut(box.detail, LONGEST_TITLE))}</text></g>"
    )

"""Lay out DOT text with Graphviz, in a child process that can be killed.

Some graphs keep Graphviz busy for minutes, and it cannot be interrupted, so it never runs in the
process of the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Literal

import msgspec

from viz.errors import WorkerError
from viz.messages import message_of
from viz.model import Plain
from viz.render import graphviz_pool

Format = Literal["json0", "png", "pdf"]


class Box(Plain, frozen=True):
    """A node: its Tree id, its upper left corner and its size in points, y downwards."""

    id: int
    x: float
    y: float
    w: float
    h: float


class Curve(Plain, frozen=True):
    """An edge between two nodes: a start and then cubic Bézier triples, in points, y downwards.

    The label's position is its middle.
    """

    tail: int
    head: int
    points: tuple[tuple[float, float], ...]
    label: str = ""
    label_x: float = 0.0
    label_y: float = 0.0


class Layout(Plain, frozen=True):
    """The positions of all boxes and curves, and the size of the picture, in points."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]


def layout(dot_text: str, timeout: float = 10.0) -> Layout:
    """Lay out DOT text whose nodes are named ``n0``, ``n1`` … within ``timeout`` seconds.

    Raises
    ------
    WorkerError
        When Graphviz took too long, failed, or is not installed.
    """
    return read_layout(draw(dot_text, "json0", timeout))


def draw(dot_text: str, format: Format, timeout: float = 10.0) -> bytes:
    """Return what ``dot -T<format>`` writes for DOT text within ``timeout`` seconds.

    Raises
    ------
    WorkerError
        When Graphviz took too long, failed, or is not installed.
    """
    try:
        return graphviz_pool.draw(dot_text, format, timeout)
    except TimeoutError as error:
        raise WorkerError(message_of("graphviz-slow", seconds=timeout)) from error
    except graphviz_pool.GraphvizError as error:
        raise WorkerError(message_of("graphviz-failed", reason=str(error))) from error


# ---------------------------------------------------------------- Graphviz's JSON


class _Object(msgspec.Struct):
    name: str
    pos: str
    width: str
    height: str


class _Edge(msgspec.Struct):
    tail: int
    head: int
    pos: str
    label: str = ""
    lp: str = ""


class _Graph(msgspec.Struct):
    bb: str
    objects: list[_Object] = []
    edges: list[_Edge] = []


def read_layout(json: bytes) -> Layout:
    """Read the output of ``dot -Tjson0``: positions in points, y upwards; sizes in inches."""
    graph = msgspec.json.decode(json, type=_Graph)
    left, bottom, right, top = map(float, graph.bb.split(","))
    ids = [int(item.name.removeprefix("n")) for item in graph.objects]

    def place(pair: str) -> tuple[float, float]:
        x, y = map(float, pair.split(","))
        return round(x - left, 2), round(top - y, 2)

    def boxes() -> Iterator[Box]:
        for id_, item in zip(ids, graph.objects, strict=True):
            x, y = place(item.pos)
            w, h = float(item.width) * 72, float(item.height) * 72
            yield Box(
                id=id_, x=round(x - w / 2, 2), y=round(y - h / 2, 2), w=round(w, 2), h=round(h, 2)
            )

    def curves() -> Iterator[Curve]:
        for edge in graph.edges:
            # "s,x,y" and "e,x,y" are the tips of arrows, no points of the curve.
            points = tuple(place(pair) for pair in edge.pos.split() if pair[0] not in "se")
            x, y = place(edge.lp) if edge.lp else points[len(points) // 2]
            yield Curve(
                tail=ids[edge.tail],
                head=ids[edge.head],
                points=points,
                label=unescape(edge.label),
                label_x=x,
                label_y=y,
            )

    return Layout(
        width=right - left, height=top - bottom, boxes=tuple(boxes()), curves=tuple(curves())
    )

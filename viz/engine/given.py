"""The user's module as the place that ties lead to: its nodes and where they stand in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import tvm
from tvm import ir, tirx

from viz.engine.nodes import occurrences
from viz.text import Span

UserSpan = Callable[[Any], Span | None]


class Given:
    """The nodes of the user's module, and which of them an object, a span or a buffer leads to.

    Attributes
    ----------
    nodes
        Its occurrences; ids here are theirs.
    spans
        Where each node stands in the user's text: its own span, else that of what is around it,
        else of all it holds. None where no node has a span.
    at
        The first node of each object, by handle. For a Var that is where it is bound.
    by_span
        The node of a TVM span (by handle) and a class, and of a span alone. Vars are left out:
        the parser gives them the span of what was read when their value was met first.
    stores, loads
        The stores to a buffer and the first load from it, by the handle of its Var.
    """

    def __init__(self, module: tvm.IRModule, user_span: UserSpan) -> None:
        self.nodes = occurrences(module)
        self.at: dict[int, int] = {}
        self.by_span: dict[Any, int] = {}
        self.stores: dict[int, list[int]] = {}
        self.loads: dict[int, int] = {}
        self._depth: list[int] = []
        self._reading: set[int | None] = set()
        own: list[Span | None] = []
        for each in self.nodes:
            self._depth.append(self._depth[each.parent] + 1 if each.parent >= 0 else 0)
            self.at.setdefault(each.handle, each.id)
            cls, span = each.obj.__class__, getattr(each.obj, "span", None)
            own.append(user_span(span))
            if own[-1] is not None and span is not None and cls is not ir.Var:
                self.by_span.setdefault((span.__chandle__(), cls), each.id)
                self.by_span.setdefault(span.__chandle__(), each.id)
            if cls is tirx.BufferStore:
                self.stores.setdefault(each.obj.buffer.__chandle__(), []).append(each.id)
            elif cls is ir.TensorLoad:
                self.loads.setdefault(each.obj.source.__chandle__(), each.id)
                self._reading.add(self.around(each.id, tirx.BufferStore))
        self.spans = self._spans(own)

    def _spans(self, own: list[Span | None]) -> list[Span | None]:
        taken = {own[each.id] for each in self.nodes if each.obj.__class__ is not ir.Var}
        for each in self.nodes:
            # A loop variable has the span of a statement that uses it: that is not where it is.
            if each.obj.__class__ is ir.Var and own[each.id] in taken:
                own[each.id] = None
        spans: list[Span | None] = []
        for each in self.nodes:
            around = spans[each.parent] if each.parent >= 0 else None
            spans.append(own[each.id] or around)
        # What stands in nothing that has a span, such as a function, has that of all it holds.
        inside = list(own)
        for each in reversed(self.nodes):
            here = inside[each.id]
            if each.parent >= 0 and here is not None:
                inside[each.parent] = _hull(inside[each.parent], here)
        for each in self.nodes:
            around = spans[each.parent] if each.parent >= 0 else None
            spans[each.id] = spans[each.id] or inside[each.id] or around
        return spans

    def common(self, one: int, other: int) -> int:
        """Return the innermost node that holds both."""
        while one != other:
            if self._depth[one] < self._depth[other]:
                one, other = other, one
            one = self.nodes[one].parent
        return one

    def hull(self, nodes: Iterable[int | None]) -> int | None:
        """Return the innermost node that holds all those that are not None."""
        found: int | None = None
        for node in nodes:
            if node is not None:
                found = node if found is None else self.common(found, node)
        return found

    def reads(self, store: int) -> bool:
        """Whether a store loads from some buffer."""
        return store in self._reading

    def is_parameter(self, node: int | None) -> bool:
        """Whether a node is a parameter of a function."""
        return node is not None and self.nodes[self.nodes[node].parent].obj.__class__ is (
            tirx.PrimFunc
        )

    def around(self, node: int, cls: type) -> int | None:
        """Return the node, or the nearest one around it, that is of a class."""
        while node >= 0:
            if self.nodes[node].obj.__class__ is cls:
                return node
            node = self.nodes[node].parent
        return None


def _hull(one: Span | None, other: Span) -> Span:
    if one is None:
        return other
    return Span(min(one.start, other.start), max(one.end, other.end))

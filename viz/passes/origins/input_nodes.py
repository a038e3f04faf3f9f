"""The user's module as the place that ties lead to: its nodes and where they stand in the text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import tvm
from tvm import ir, tirx

from viz.ir.labels import is_a
from viz.ir.source_map import UserText, key_of_span
from viz.ir.walker import occurrences
from viz.passes.origins.python_match import Phrases, holds, key_of_python
from viz.text import Span

HOLDERS = frozenset((tvm.IRModule, tirx.PrimFunc, tvm.s_tir.SBlock, tvm.s_tir.SBlockRealize))
"""Whose own Vars name what is declared, not what is computed."""


class Given:
    """The nodes of the user's module, and which of them an object, a span or a buffer leads to.

    Attributes
    ----------
    nodes
        Its occurrences; ids here are theirs.
    spans
        Where each node stands in the user's text: the words that say it, else its own span, else
        that of what is around it, else of all it holds. None where no node has a span.
    sure
        Whether a node's own span is that of words of the text that say such a node.
    at
        The first node of each object, by handle. For a Var that is where it is bound.
    by_span
        The node of a TVM span (by handle) and a class, and of a span alone. Vars are left out:
        the parser gives them the span of what was read when their value was met first.
    again
        All nodes of an object that stands in several places.
    below
        The nodes in the fields of each.
    stores, loads
        The stores to a buffer and the first load from it, by the handle of its Var.
    """

    def __init__(self, module: tvm.IRModule, user_text: UserText) -> None:
        self.nodes = occurrences(module)
        self.at: dict[int, int] = {}
        self.by_span: dict[Any, int] = {}
        self.again: dict[int, list[int]] = {}
        self.below: defaultdict[int, list[int]] = defaultdict(list)
        self.stores: dict[int, list[int]] = {}
        self.loads: dict[int, int] = {}
        self.sure = bytearray(len(self.nodes))
        self._depth: list[int] = []
        self._reading: set[int | None] = set()
        own = self._own(user_text)
        for each in self.nodes:
            self._depth.append(self._depth[each.parent] + 1 if each.parent >= 0 else 0)
            self.below[each.parent].append(each.id)
            first = self.at.setdefault(each.handle, each.id)
            if first != each.id:
                self.again.setdefault(each.handle, [first]).append(each.id)
            cls, span = each.obj.__class__, getattr(each.obj, "span", None)
            if own[each.id] is not None and span is not None and cls is not ir.Var:
                self.by_span.setdefault((span.__chandle__(), cls), each.id)
                self.by_span.setdefault(span.__chandle__(), each.id)
            if cls is tirx.BufferStore:
                self.stores.setdefault(each.obj.buffer.__chandle__(), []).append(each.id)
            elif cls is ir.TensorLoad:
                self.loads.setdefault(each.obj.source.__chandle__(), each.id)
                self._reading.add(self.around(each.id, tirx.BufferStore))
        self.spans = self._spans(own)

    def _own(self, user_text: UserText) -> list[Span | None]:
        """Return where the text says each node, whatever is around it."""
        if user_text.parsed is None:
            return [None] * len(self.nodes)
        phrases = Phrases(user_text.parsed, self.nodes)
        found: list[Span | None] = []
        for each, said, around in zip(self.nodes, phrases.said, phrases.around, strict=True):
            cls, place = each.obj.__class__, key_of_span(getattr(each.obj, "span", None))
            if said is not None:
                words = key_of_python(said)
                self.sure[each.id] = place == words and cls is not ir.Var
                found.append(None if words is None else user_text.place(words))
            elif place is None or (cls is ir.Var and not self.is_parameter(each.id)):
                # A variable has the span of what was read when its value was met first.
                found.append(None)
            elif is_a(cls, ir.Expr) and around is not None and not holds(around, place):
                found.append(None)  # this object was met elsewhere too
            else:
                found.append(user_text.place(place))
        return found

    def _spans(self, own: list[Span | None]) -> list[Span | None]:
        inside = list(own)
        for each in reversed(self.nodes):
            here = inside[each.id]
            if each.parent >= 0 and here is not None:
                inside[each.parent] = _hull(inside[each.parent], here)
        spans: list[Span | None] = []
        for each in self.nodes:
            above = self.nodes[each.parent].obj.__class__ if each.parent >= 0 else None
            around = spans[each.parent] if each.parent >= 0 else None
            if above is tirx.PrimFunc:  # a body is what it holds, not all of the function
                around = inside[each.id] or around
            spans.append(own[each.id] or around or inside[each.id])
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

    def statement(self, node: int) -> int:
        """Return the statement or function that a node belongs to."""
        while node > 0 and not _is_statement(self.nodes[node].obj.__class__):
            node = self.nodes[node].parent
        return node

    def variables(self, node: int) -> list[int]:
        """Return the Vars of an expression or of a statement, without the statements inside it."""
        found: list[int] = []
        if self.nodes[node].obj.__class__ not in HOLDERS:
            stack = [node]
            while stack:
                below = [
                    at
                    for at in self.below.get(stack.pop(), ())
                    if not _is_statement(self.nodes[at].obj.__class__)
                ]
                found += [at for at in below if self.nodes[at].obj.__class__ is ir.Var]
                stack += reversed(below)
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


def _is_statement(cls: type) -> bool:
    return is_a(cls, tirx.Stmt) or cls is tirx.PrimFunc


def _hull(one: Span | None, other: Span) -> Span:
    if one is None:
        return other
    return Span(min(one.start, other.start), max(one.end, other.end))

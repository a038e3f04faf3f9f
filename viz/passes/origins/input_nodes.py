"""Index the nodes of the user's module by object, TVM span, class and buffer, with their ancestors.

It holds the place of each node in the user's text too, and whether Python of its shape is there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import tvm
from tvm import ir, relax, tirx

from viz.ir.functions import is_relax
from viz.ir.labels import is_a
from viz.ir.source_map import UserText, key_of_span, place_of
from viz.ir.walker import Occurrence, occurrences
from viz.passes.origins.python_match import PythonMatch, holds, key_of_python
from viz.text import Span

HOLDERS = frozenset((tvm.IRModule, tirx.PrimFunc, tvm.s_tir.SBlock, tvm.s_tir.SBlockRealize))
"""Their own Vars name what is declared, not what is computed."""


class InputNodes:
    """The nodes of the user's module, and which of them an object, a span or a buffer leads to.

    Attributes
    ----------
    nodes
        Its occurrences; ids here are theirs, and so those of the Tree of the stage ``input``.
    spans
        The place of each node in the user's text: that of the Python for it, else its own TVM span,
        else that of its parent, else that of all below it. None where no node has a span.
    exact
        Whether a node's TVM span is that of a piece of Python with the shape of such a node.
    first
        The first node of each object, by handle. For a Var that is where it is bound.
    by_span
        The node of a TVM span (by handle) and a class, and of a span alone. Vars are left out:
        the parser gives them the span of what was read when their value was met first.
    repeated
        All nodes of an object that stands in several places.
    children
        The ids of the nodes in the fields of each node.
    stores, loads
        The stores to a buffer and the first load from it, by the handle of its Var.
    """

    def __init__(self, module: tvm.IRModule, user_text: UserText) -> None:
        self.nodes = occurrences(module)
        self.first: dict[int, int] = {}
        self.by_span: dict[Any, int] = {}
        self.repeated: dict[int, list[int]] = {}
        self.children: defaultdict[int, list[int]] = defaultdict(list)
        self.stores: dict[int, list[int]] = {}
        self.loads: dict[int, int] = {}
        self.exact = bytearray(len(self.nodes))
        self._depth: list[int] = []
        self._loading_stores: set[int | None] = set()
        self._in_relax = _in_relax(self.nodes)
        own = self._own_spans(user_text)
        for node in self.nodes:
            self._depth.append(self._depth[node.parent] + 1 if node.parent >= 0 else 0)
            self.children[node.parent].append(node.id)
            first = self.first.setdefault(node.handle, node.id)
            if first != node.id:
                self.repeated.setdefault(node.handle, [first]).append(node.id)
            cls, span = node.obj.__class__, getattr(node.obj, "span", None)
            if own[node.id] is not None and span is not None and cls is not ir.Var:
                self.by_span.setdefault((span.__chandle__(), cls), node.id)
                self.by_span.setdefault(span.__chandle__(), node.id)
            if cls is tirx.BufferStore:
                self.stores.setdefault(node.obj.buffer.__chandle__(), []).append(node.id)
            elif cls is ir.TensorLoad:
                self.loads.setdefault(node.obj.source.__chandle__(), node.id)
                self._loading_stores.add(self.nearest(node.id, tirx.BufferStore))
        self.spans = self._spans(own)

    def _own_spans(self, user_text: UserText) -> list[Span | None]:
        """Return the place of the text of each node, whatever its parent is; note what is exact."""
        if user_text.parsed is None:
            return [None] * len(self.nodes)
        match = PythonMatch(user_text.parsed, self.nodes)
        spans: list[Span | None] = []
        for node, piece, enclosing in zip(self.nodes, match.piece, match.enclosing, strict=True):
            cls, key = node.obj.__class__, key_of_span(place_of(node.obj))
            if piece is not None:
                piece_key = key_of_python(piece)
                relax = self._in_relax[node.id]
                self.exact[node.id] = key == piece_key and cls is not ir.Var and not relax
                spans.append(None if piece_key is None else user_text.place(piece_key))
            elif key is None or (cls is ir.Var and not self.is_parameter(node.id)):
                # A variable has the span of what was read when its value was met first.
                spans.append(None)
            elif is_a(cls, ir.Expr) and enclosing is not None and not holds(enclosing, key):
                spans.append(None)  # this object was met elsewhere too
            else:
                spans.append(user_text.place(key))
        return spans

    def _spans(self, own: list[Span | None]) -> list[Span | None]:
        inside = list(own)
        for node in reversed(self.nodes):
            here = inside[node.id]
            if node.parent >= 0 and here is not None:
                inside[node.parent] = _joined(inside[node.parent], here)
        spans: list[Span | None] = []
        for node in self.nodes:
            above = self.nodes[node.parent].obj.__class__ if node.parent >= 0 else None
            inherited = spans[node.parent] if node.parent >= 0 else None
            if above in (
                tirx.PrimFunc,
                relax.Function,
            ):  # a body is what it holds, not all of the function
                inherited = inside[node.id] or inherited
            spans.append(own[node.id] or inherited or inside[node.id])
        return spans

    def lca(self, one: int, other: int) -> int:
        """Return the lowest common ancestor of two nodes; each is an ancestor of itself."""
        while one != other:
            if self._depth[one] < self._depth[other]:
                one, other = other, one
            one = self.nodes[one].parent
        return one

    def lca_of(self, nodes: Iterable[int | None]) -> int | None:
        """Return the lowest common ancestor of all nodes that are not None, None for none."""
        lowest: int | None = None
        for node in nodes:
            if node is not None:
                lowest = node if lowest is None else self.lca(lowest, node)
        return lowest

    def nearest(self, node: int, cls: type) -> int | None:
        """Return the node, or the nearest ancestor of it, that is of a class."""
        while node >= 0:
            if self.nodes[node].obj.__class__ is cls:
                return node
            node = self.nodes[node].parent
        return None

    def statement(self, node: int) -> int:
        """Return the statement or function that a node belongs to."""
        while node > 0 and not _is_statement(self.nodes[node].obj.__class__):
            node = self.nodes[node].parent
        return node

    def variables(self, node: int) -> list[int]:
        """Return the Vars of an expression or of a statement, without the statements inside it."""
        variables: list[int] = []
        if self.nodes[node].obj.__class__ not in HOLDERS:
            stack = [node]
            while stack:
                below = [
                    child
                    for child in self.children.get(stack.pop(), ())
                    if not _is_statement(self.nodes[child].obj.__class__)
                ]
                variables += [child for child in below if self.nodes[child].obj.__class__ is ir.Var]
                stack += reversed(below)
        return variables

    def loads_some(self, store: int) -> bool:
        """Whether a store loads from some buffer."""
        return store in self._loading_stores

    def is_parameter(self, node: int | None) -> bool:
        """Whether a node is a parameter of a function."""
        return node is not None and self.nodes[self.nodes[node].parent].obj.__class__ in (
            tirx.PrimFunc,
            relax.Function,
        )


def _in_relax(nodes: Sequence[Occurrence]) -> bytearray:
    """Return whether each node stands in a Relax function: no final node is the same."""
    inside = bytearray(len(nodes))
    for node in nodes:
        inside[node.id] = is_relax(node.obj) or (node.parent >= 0 and inside[node.parent])
    return inside


def _is_statement(cls: type) -> bool:
    return is_a(cls, tirx.Stmt) or cls is tirx.PrimFunc


def _joined(one: Span | None, other: Span) -> Span:
    if one is None:
        return other
    return Span(min(one.start, other.start), max(one.end, other.end))

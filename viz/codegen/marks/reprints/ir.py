"""Rebuild functions so that each expression that can bear no mark is also written on its own.

What the codegen writes of that is read by :mod:`viz.codegen.marks.reprints.match`.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any, Literal

from tvm import ir, tirx

from viz.codegen.marks.instrument import (
    NOTHING,
    SIMPLE_STATEMENTS,
    FunctionNodes,
    Marker,
    conditional,
    evaluate,
    sequence,
)
from viz.ir.labels import is_a, type_key
from viz.ir.reflection import classes
from viz.ir.walker import LEAVES, Occurrence, OfClass
from viz.model import catalog

SIMPLE = SIMPLE_STATEMENTS | classes(catalog.codegen_calls().types.declarations)
"""Statements without others inside."""

_TRUE = tirx.const(1, "bool")


ExpressionKind = tuple[type, str]
"""A class and a type, by which a codegen can or cannot write an expression on its own."""


def kind_of(node: Occurrence) -> ExpressionKind:
    """Return the kind of an expression."""
    return node.obj.__class__, str(node.obj.ty)


class Reprinter(Marker):
    """Rebuilds a function with the expressions without a mark, each in front of its statement.

    Only these are read in what is written of it. All else is kept for the names in it, and since a
    codegen may look at all that touches a buffer before it writes any of it.
    """

    def __init__(
        self,
        nodes: FunctionNodes,
        having: set[int],
        prefix: str,
        kinds: Container[ExpressionKind] | None = None,
    ) -> None:
        super().__init__(nodes, set(), prefix)
        self.wanted = self._wanted(having)
        if kinds is not None:
            self.wanted = {
                statement: [each for each in wanted if kind_of(each) in kinds]
                for statement, wanted in self.wanted.items()
            }
        self.inside = False

    def _wanted(self, having: set[int]) -> dict[int, list[Occurrence]]:
        """Return the expressions that are written but have no mark, by their statement's id."""
        found: dict[int, list[Occurrence]] = {}
        statement: dict[int, int] = {}
        for each in self.nodes.nodes.values():
            number, obj, _, parent, field = each
            kind = _KINDS[obj.__class__]
            if kind == "leaf":
                continue
            above = number if kind == "statement" else statement.get(parent, -1)
            # Not those of a type, a reducer, a range or an annotation: they are never written.
            if kind == "other" or field.startswith("annotations"):
                above = -1
            statement[number] = above
            # A statement without a mark wrote nothing.
            if kind == "expression" and number not in having and above in having:
                if _can_stand_alone(obj.ty):
                    found.setdefault(above, []).append(each)
        return found

    def statement(self, node: Any, mutator: Any) -> Any:
        """Rebuild a statement."""
        here = self.enter(node)
        if here is None:
            return node
        if here.id in self.nodes.omitted.ids:
            return node if here.id in self.nodes.omitted.needed else NOTHING
        inner = node if node.__class__ in SIMPLE else mutator.default_mutate(node)
        at, wanted = self.at, self.wanted.get(here.id, [])
        # What bears a mark inside a reprint needs none of its own.
        found = [self.reprint(each, mutator) for each in wanted if each.id not in self.marked]
        self.at = at
        if not found:
            return inner
        # Written twice, a call would name what it needs beforehand twice: the reprint is all of it.
        is_said = node.__class__ is tirx.Evaluate and wanted[0].parent == here.id
        written = found if is_said else [*found, inner]
        return written[0] if len(written) == 1 else sequence(written, None)

    def call(self, node: Any, mutator: Any) -> Any:
        """Rebuild a call inside a reprint; leave any other."""
        return super().call(node, mutator) if self.inside else node

    def expression(self, node: Any, mutator: Any) -> Any:
        """Rebuild an expression inside a reprint; leave any other."""
        return super().expression(node, mutator) if self.inside else node

    def reprint(self, here: Occurrence, mutator: Any) -> Any:
        """Return a block that writes an expression alone."""
        inner = node = here.obj
        if self.nodes.is_scalar(node):
            self.at = here.id - 1
            self.inside = True
            inner = (self.call if isinstance(node, ir.Call) else self.expression)(node, mutator)
            self.inside = False
        block = [self.tag("{", here.id), evaluate(inner, None), self.tag("}", here.id)]
        return conditional(_TRUE, sequence(block, None), None, None)


def _kind(cls: type) -> Literal["statement", "expression", "leaf", "other"]:
    if is_a(cls, tirx.Stmt):
        return "statement"
    if is_a(cls, ir.Expr):
        return "leaf" if cls in LEAVES else "expression"
    return "other"


_KINDS = OfClass(_kind)


def _can_stand_alone(ty: Any) -> bool:
    key = type_key(ty)
    return key == "ir.PointerType" or (key == "ir.PrimType" and str(ty.dtype) != "void")

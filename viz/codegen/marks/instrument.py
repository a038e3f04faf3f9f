"""Rebuild functions with marks in them: statements between strings, expressions in calls."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from tvm import ir, tirx

from viz.ir.labels import key_of, operator, type_key
from viz.ir.mutation import mutate
from viz.ir.reflection import classes
from viz.ir.walker import LEAVES, Nodes, Occurrence
from viz.model import catalog

_CODEGEN = catalog.codegen_calls()
# Looked up for every node.
_OPEN, _SEALED_TYPES = _CODEGEN.operators.open, _CODEGEN.types.sealed
_UNMARKED_STATEMENTS, _SEALED_BODIES = (
    _CODEGEN.types.unmarked_statements,
    _CODEGEN.attributes.sealed_bodies,
)

SCALAR = re.compile(r"bool|u?int\d+|b?float\d+(_\w+)?")


# The constructors without the checks of their Python classes: they are called for every node.
_CALL, _STRING = ir._ffi_api.Call, ir._ffi_api.StringImm
sequence, evaluate, conditional = (
    getattr(tirx._ffi_api, name) for name in ("SeqStmt", "Evaluate", "IfThenElse")
)
NOTHING = tirx.Evaluate(0)
_CONDITIONAL = ir.Op.get("prim.if_then_else")
_NARROWED = {"int64": ir.PrimType("int32"), "uint64": ir.PrimType("uint32")}
_EXTERN = ir.Op.get("tirx.call_pure_extern")


SIMPLE_STATEMENTS = classes(_CODEGEN.types.simple_statements)
"""Statements without others inside, whose text stands in one piece."""


class Omitted(NamedTuple):
    """Statements in which nothing is marked, by id. Those that follow on one another are a run.

    Attributes
    ----------
    ids
        All of them.
    first
        The first of each run, which bears one mark.
    last
        The first of each run by its last.
    needed
        Those without which others would be written otherwise.
    """

    ids: frozenset[int] = frozenset()
    first: frozenset[int] = frozenset()
    last: Mapping[int, int] = {}
    needed: frozenset[int] = frozenset()


class FunctionNodes:
    """The nodes of a function to mark, where their objects occur, and what may stand there.

    Attributes
    ----------
    nodes
        The nodes of the function by id, in pre-order, without those inside omitted statements.
    omitted
        Statements that are not marked themselves.
    """

    def __init__(self, nodes: Nodes, omitted: Omitted = Omitted()) -> None:
        self.nodes = nodes
        self.omitted = omitted
        self.first = next(iter(nodes))
        self.ids: dict[int, list[int]] = {}
        for number, each in nodes.items():
            self.ids.setdefault(each.handle, []).append(number)
        self._scalars: dict[int, bool] = {}

    def parent(self, here: Occurrence | None) -> Any:
        """Return the object that a node is a field of; None at the top."""
        above = self.nodes.get(here.parent) if here is not None else None
        return None if above is None else above.obj

    def field(self, here: Occurrence) -> Field:
        """Return what is known of the field that a node stands in."""
        return field_of(self.nodes[here.parent].obj.__class__, here.field)

    def is_scalar(self, node: Any) -> bool:
        """Whether a node has a scalar type; types are alive as the nodes are."""
        ty = node.ty
        handle = ty.__chandle__()
        if handle not in self._scalars:
            self._scalars[handle] = _is_scalar(ty)
        return self._scalars[handle]


class Field(NamedTuple):
    """A field of a class: what a node in it may bear."""

    below: bool
    """Nothing in it is marked (``sealed_below``)."""
    names: bool
    """A name in it stays one (``keeps_names``)."""
    takes: bool
    """It takes any expression, and no codegen reads its value."""
    sealed: bool
    """A codegen reads its value (``sealed``)."""


@cache
def field_of(cls: type, place: str) -> Field:
    """Return what is known of a field of a class, or of an element of one."""
    field = place.partition("[")[0]
    key = key_of(cls), field
    return Field(
        below=key in _CODEGEN.fields.sealed_below,
        names=key in _CODEGEN.fields.keeps_names,
        takes=_takes_expressions(cls, field),
        sealed=key in _CODEGEN.fields.sealed,
    )


class Marker:
    """Rebuilds a function with marks around the nodes of its body.

    Parameters
    ----------
    nodes
        The nodes of the function.
    unmarked
        The ids of expressions without a mark, and of statements whose expressions have none; None
        leaves out every expression.
    prefix
        What marks are called in the text.
    only_needed
        Leave out omitted statements, unless others need them.
    equals
        Nodes that bear the mark of another one, which is equal.
    narrow
        Whether the marks of 64-bit integers are calls of 32 bits that are cast: a codegen without
        such integers narrows them first, which it can where it knows the range of what a call
        returns, and refuses to declare a function of their type.
    """

    def __init__(
        self,
        nodes: FunctionNodes,
        unmarked: set[int] | None,
        prefix: str,
        *,
        only_needed: bool = False,
        equals: Mapping[int, int] = {},
        narrow: bool = False,
    ) -> None:
        self.nodes = nodes
        self.narrow = narrow
        self.prefix = prefix
        self.only_needed = only_needed
        self.equals = equals
        self.unmarked = unmarked
        self.at = nodes.first
        self.skips_expressions = unmarked is None
        self.marked: set[int] = set()

    def mutate(self, function: Any) -> Any:
        """Return the function rebuilt."""
        callbacks = [
            (ir.DictAttrs, lambda node, mutator: node),
            (tirx.PrimFunc, lambda node, mutator: mutator.default_mutate(node)),
            (ir.Call, self.call),
            (tirx.Stmt, self.statement),
            (ir.Expr, self.expression),
        ]
        # To construct a PrimFunc of a new body takes as long as to rebuild half of it.
        return mutate(function, callbacks)

    def enter(self, obj: Any) -> Occurrence | None:
        """Return the occurrence that is met now.

        A mutation goes in pre-order, as the walker did: it is this object's first one after the
        node that was met last.
        """
        ids = self.nodes.ids.get(obj.__chandle__())
        if ids is None:
            return None
        place = bisect_right(ids, self.at) if len(ids) > 1 else int(ids[0] <= self.at)
        if place == len(ids):
            return None
        self.at = ids[place]
        return self.nodes.nodes[self.at]

    def statement(self, node: Any, mutator: Any) -> Any:
        """Rebuild a statement."""
        here = self.enter(node)
        parent = self.nodes.parent(here)
        if parent.__class__ is tirx.AttrStmt and str(parent.attr_key) in _SEALED_BODIES:
            return mutator.default_mutate(node)
        if here is not None and here.id in self.nodes.omitted.ids:
            return self.omitted(here.id, node)
        outside = self.skips_expressions
        if here is not None and self.unmarked is not None:
            self.skips_expressions = here.id in self.unmarked
        inner = mutator.default_mutate(node)
        self.skips_expressions = outside
        if here is None or type_key(node) in _UNMARKED_STATEMENTS:
            return inner
        return sequence([self.tag("<", here.id), inner, self.tag(">", here.id)], None)

    def omitted(self, number: int, node: Any) -> Any:
        """Return an omitted statement, with a mark where a run of them begins or ends."""
        omitted = self.nodes.omitted
        is_written = not self.only_needed or number in omitted.needed
        parts = [node if is_written else NOTHING]
        if number in omitted.first:
            parts.insert(0, self.tag("<", number))
        if number in omitted.last:
            parts.append(self.tag(">", omitted.last[number]))
        return parts[0] if len(parts) == 1 else sequence(parts, None)

    def tag(self, sign: str, number: int) -> Any:
        """Return the statement that opens or closes a mark."""
        return string_statement(f"{self.prefix}{sign}{number}")

    def call(self, node: Any, mutator: Any) -> Any:
        """Rebuild a call."""
        if operator(node) in _OPEN:
            return self.expression(node, mutator)
        here = self.enter(node)
        if self.skips_expressions or here is None:
            return node
        return self.wrap(here, self.nodes.field(here), node, node)

    def expression(self, node: Any, mutator: Any) -> Any:
        """Rebuild an expression."""
        here = self.enter(node)
        if self.skips_expressions or here is None:
            return node
        field = self.nodes.field(here)
        if field.below:
            return node
        if type_key(node) == "prim.Ramp":
            return node  # looked into, to see whether a load can be one of a vector
        inner = node if node.__class__ in LEAVES else mutator.default_mutate(node)
        return self.wrap(here, field, node, inner)

    def wrap(self, here: Occurrence, field: Field, node: Any, inner: Any) -> Any:
        """Return ``inner`` in a call that names the node, where the node may bear one."""
        number = self.equals.get(here.id, here.id)
        if not field.takes or number in (self.unmarked or ()) or not self.wrappable(node):
            return inner
        if field.names and _has_name(node):
            return inner
        self.marked.add(here.id)
        name = _STRING(f"__{self.prefix}{number}", None)
        ty = _NARROWED.get(str(node.ty.dtype)) if self.narrow else None
        call = _CALL(ty or node.ty, _EXTERN, [name, inner], None, [], None)
        return call if ty is None else tirx.Cast(node.ty, call)

    def wrappable(self, node: Any) -> bool:
        """Whether a node may stand in a call by its type."""
        return type_key(node) not in _SEALED_TYPES and self.nodes.is_scalar(node)


def string_statement(string: str) -> Any:
    """Return a statement that every codegen writes as a string literal and a semicolon."""
    return evaluate(_STRING(string, None), None)


def _has_name(node: Any) -> bool:
    # A conditional is written as statements that set a temporary, and then its name.
    return node.__class__ in LEAVES or getattr(node, "op", None) == _CONDITIONAL


def _is_scalar(ty: Any) -> bool:
    # A call with vector operands is written element by element, and one of a pointer is cast.
    return type_key(ty) == "ir.PrimType" and SCALAR.fullmatch(str(ty.dtype)) is not None


def _takes_expressions(cls: Any, field: str) -> bool:
    """Whether reflection declares the field as any Expr, and no codegen reads its value."""
    info = getattr(cls, "__tvm_ffi_type_info__", None)
    if info is None:
        return False
    if (info.type_key, field) in _CODEGEN.fields.sealed:
        return False
    while info is not None:
        for each in info.fields:
            if each.name == field:
                return str(each.ty) in ("ir.Expr", "Array[ir.Expr]", "ir.Expr | None")
        info = info.parent_type_info
    return False

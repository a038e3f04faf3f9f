"""Rebuilds functions with marks in them: statements between strings, expressions in calls."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container
from functools import cache
from typing import Any, Literal, NamedTuple

import tvm_ffi
from tvm import ir, tirx

from viz.engine.alike import ALIKE
from viz.engine.labels import is_a, key_of, type_key
from viz.engine.nodes import Nodes, Occurrence

UNMARKED_STATEMENTS = {"tirx.SeqStmt", "s_tir.SBlock"}
"""A SeqStmt writes nothing of its own; an SBlock stands where only an SBlock may."""

SEALED_TYPES = {"prim.Ramp", "prim.Broadcast", "prim.Shuffle", "ir.StringImm", "ir.Tuple"}
"""Codegens look inside these when they stand in an index or operand, rather than write them."""

SIMPLE = ALIKE | {tirx.AllocBuffer, tirx.DeclBuffer}
"""Statements without others inside."""

LEAVES = {"ir.Var", "ir.IntImm", "ir.FloatImm", "ir.StringImm"}

SEALED_FIELDS = {
    ("tirx.AttrStmt", "value"),
    ("tirx.Evaluate", "value"),
    ("tirx.AssertStmt", "error_kind"),
    ("tirx.AssertStmt", "message_parts"),
    ("tirx.DeclBuffer", "data"),
    ("ir.TensorLoad", "source"),
    ("prim.Ramp", "stride"),
    ("prim.Ramp", "lanes"),
    ("prim.Broadcast", "lanes"),
    ("prim.Shuffle", "indices"),
    ("tirx.For", "min"),
    ("prim.LShift", "b"),
    ("prim.RShift", "b"),
    ("ir.Range", "min"),
    ("ir.Range", "extent"),
}
"""Fields whose value a codegen reads rather than writes."""

SEALED_BELOW = {("prim.Let", "value")}
"""Fields that must stay as they are all through: one variable of a Let means one value."""

SEALED_BODIES = {"async_wait_queue_scope"}
"""``attr_key`` of AttrStmts that must be followed by another."""

SEALED_NAMES = {
    ("prim.Max", "a"),
    ("prim.Max", "b"),
    ("prim.Min", "a"),
    ("prim.Min", "b"),
    ("prim.Broadcast", "value"),
}
"""Fields where a codegen keeps a name or constant as it is, and names anything else first."""

OPEN_CALLS = (
    "prim.",
    "tirx.exp",
    "tirx.log",
    "tirx.sqrt",
    "tirx.rsqrt",
    "tirx.sin",
    "tirx.cos",
    "tirx.tan",
    "tirx.asin",
    "tirx.acos",
    "tirx.atan",
    "tirx.erf",
    "tirx.sigmoid",
    "tirx.floor",
    "tirx.ceil",
    "tirx.round",
    "tirx.trunc",
    "tirx.nearbyint",
    "tirx.fabs",
    "tirx.pow",
    "tirx.fma",
    "tirx.fmod",
    "tirx.is",
    "tirx.if_then_else",
    "tirx.likely",
    "tirx.bitwise_",
    "tirx.shift_",
    "tirx.popcount",
    "tirx.clz",
    "tirx.call_pure_extern",
    "tirx.hypot",
    "tirx.ldexp",
    "tirx.copysign",
    "tirx.nextafter",
    "tirx.reinterpret",
    "tirx.cuda.__",
    "tirx.metal.",
)
"""Calls whose arguments are written as they are; other calls are marked as a whole."""

SCALAR = re.compile(r"bool|u?int\d+|b?float\d+(_\w+)?")


# The constructors without the checks of their Python classes: they are called for every node.
_CALL, _STRING = ir._ffi_api.Call, ir._ffi_api.StringImm
_SEQUENCE, _EVALUATE = tirx._ffi_api.SeqStmt, tirx._ffi_api.Evaluate
_CONDITIONAL = ir.Op.get("prim.if_then_else")
_EXTERN = ir.Op.get("tirx.call_pure_extern")


class Places:
    """Where the objects of a function occur, and what may stand there.

    A mutation goes in pre-order, as the walker did: the next occurrence of an object that is met
    is the first after the last one.

    Attributes
    ----------
    nodes
        The nodes of the function by id, in pre-order, without those inside ``copies``.
    copies
        The statements in which nothing is marked: others that are marked are like them.
    """

    def __init__(self, nodes: Nodes, copies: Container[int]) -> None:
        self.nodes = nodes
        self.copies = copies
        self.first = next(iter(nodes))
        self.ids: dict[int, list[int]] = {}
        for number, each in nodes.items():
            self.ids.setdefault(each.handle, []).append(number)
        self._scalars: dict[int, bool] = {}

    def after(self, at: int, obj: Any) -> Occurrence | None:
        """Return the first occurrence of an object after another one."""
        ids = self.ids.get(obj.__chandle__())
        if ids is None:
            return None
        place = bisect_right(ids, at) if len(ids) > 1 else int(ids[0] <= at)
        return None if place == len(ids) else self.nodes[ids[place]]

    def parent(self, here: Occurrence | None) -> Any:
        """Return the object that a node is a field of; None at the top."""
        above = self.nodes.get(here.parent) if here is not None else None
        return None if above is None else above.obj

    def field(self, here: Occurrence) -> Field:
        """Return what is known of the field that a node stands in."""
        return field_of(self.parent(here).__class__, here.field)

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
    """Nothing in it is marked (``SEALED_BELOW``)."""
    names: bool
    """A name in it stays one (``SEALED_NAMES``)."""
    takes: bool
    """It takes any expression, and no codegen reads its value."""
    sealed: bool
    """A codegen reads its value (``SEALED_FIELDS``)."""


@cache
def field_of(cls: type, place: str) -> Field:
    """Return what is known of a field of a class, or of an element of one."""
    field = place.partition("[")[0]
    key = key_of(cls), field
    return Field(
        below=key in SEALED_BELOW,
        names=key in SEALED_NAMES,
        takes=_takes_expressions(cls, field),
        sealed=key in SEALED_FIELDS,
    )


class Marker:
    """Rebuilds a function with marks around the nodes of its body.

    ``left_out`` has ids of expressions without a mark, and of statements whose expressions have
    none; None leaves out every expression. ``prefix`` is what marks are called in the text.
    """

    def __init__(self, places: Places, left_out: set[int] | None, prefix: str) -> None:
        self.places = places
        self.prefix = prefix
        self.left_out = left_out
        self.at = places.first
        self.silent = left_out is None
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
        return tvm_ffi.structural_mutate(function, callbacks)

    def enter(self, obj: Any) -> Occurrence | None:
        """Return the occurrence that is met now."""
        here = self.places.after(self.at, obj)
        if here is not None:
            self.at = here.id
        return here

    def statement(self, node: Any, mutator: Any) -> Any:
        """Rebuild a statement."""
        here = self.enter(node)
        parent = self.places.parent(here)
        if isinstance(parent, tirx.AttrStmt) and str(parent.attr_key) in SEALED_BODIES:
            return mutator.default_mutate(node)
        if here is not None and here.id in self.places.copies:
            inner = node
        else:
            silent = self.silent
            if here is not None and self.left_out is not None:
                self.silent = here.id in self.left_out
            inner = mutator.default_mutate(node)
            self.silent = silent
        if here is None or type_key(node) in UNMARKED_STATEMENTS:
            return inner
        opens, closes = _tag(f"{self.prefix}<{here.id}"), _tag(f"{self.prefix}>{here.id}")
        return _SEQUENCE([opens, inner, closes], None)

    def call(self, node: Any, mutator: Any) -> Any:
        """Rebuild a call."""
        if _is_open(str(getattr(node.op, "name", ""))):
            return self.expression(node, mutator)
        here = self.enter(node)
        if self.silent or here is None:
            return node
        return self.wrap(here, self.places.field(here), node, node)

    def expression(self, node: Any, mutator: Any) -> Any:
        """Rebuild an expression."""
        here = self.enter(node)
        if self.silent or here is None:
            return node
        field = self.places.field(here)
        if field.below:
            return node
        key = type_key(node)
        if key == "prim.Ramp":
            return node  # looked into, to see whether a load can be one of a vector
        inner = node if key in LEAVES else mutator.default_mutate(node)
        return self.wrap(here, field, node, inner)

    def wrap(self, here: Occurrence, field: Field, node: Any, inner: Any) -> Any:
        """Return ``inner`` in a call that names the node, where the node may bear one."""
        if not field.takes or here.id in (self.left_out or ()) or not self.wrappable(node):
            return inner
        if field.names and _has_name(node):
            return inner
        self.marked.add(here.id)
        name = _STRING(f"__{self.prefix}{here.id}", None)
        return _CALL(node.ty, _EXTERN, [name, inner], None, [], None)

    def wrappable(self, node: Any) -> bool:
        """Whether a node may stand in a call by its type."""
        return type_key(node) not in SEALED_TYPES and self.places.is_scalar(node)


class Echoing(Marker):
    """Rebuilds a function with the expressions without a mark, each in front of its statement.

    Only these are read in what is written of it: statements are kept for the names in them.
    """

    def __init__(self, places: Places, having: set[int], prefix: str) -> None:
        super().__init__(places, set(), prefix)
        self.wanted = self._wanted(having)
        self.inside = False

    def _wanted(self, having: set[int]) -> dict[int, list[Occurrence]]:
        """Return the expressions that are written but have no mark, by their statement's id."""
        found: dict[int, list[Occurrence]] = {}
        statement: dict[int, int] = {}
        for each in self.places.nodes.values():
            above = statement.get(each.parent, -1)
            kind = _kind(each.obj.__class__)
            statement[each.id] = each.id if kind == "statement" else above
            if kind != "expression" or each.id in having:
                continue
            if above not in having:
                continue  # its statement wrote nothing
            # Not those of a reducer, a range or an annotation: they are never written.
            written = _kind(self.places.parent(each).__class__) != "other"
            if written and "annotations" not in each.field and _can_stand_alone(each.obj.ty):
                found.setdefault(above, []).append(each)
        return found

    def statement(self, node: Any, mutator: Any) -> Any:
        """Rebuild a statement."""
        here = self.enter(node)
        if here is None or here.id in self.places.copies:
            return node if isinstance(node, tirx.Bind) else _NOTHING
        inner = node if node.__class__ in SIMPLE else mutator.default_mutate(node)
        at, wanted = self.at, self.wanted.get(here.id, ())
        if not wanted:
            return inner
        # What bears a mark inside an echo needs none of its own.
        found = [self.echo(each, mutator) for each in wanted if each.id not in self.marked]
        self.at = at
        return _SEQUENCE([*found, inner], None)

    def call(self, node: Any, mutator: Any) -> Any:
        """Rebuild a call inside an echo; leave any other."""
        return super().call(node, mutator) if self.inside else node

    def expression(self, node: Any, mutator: Any) -> Any:
        """Rebuild an expression inside an echo; leave any other."""
        return super().expression(node, mutator) if self.inside else node

    def echo(self, here: Occurrence, mutator: Any) -> Any:
        """Return a block that writes an expression alone."""
        inner = node = here.obj
        if self.places.is_scalar(node):
            self.at = here.id - 1
            self.inside = True
            inner = (self.call if isinstance(node, ir.Call) else self.expression)(node, mutator)
            self.inside = False
        opens, closes = _tag(f"{self.prefix}{{{here.id}"), _tag(f"{self.prefix}}}{here.id}")
        block = [opens, tirx.Evaluate(inner), closes]
        return tirx.IfThenElse(_TRUE, _SEQUENCE(block, None), None)


_TRUE = tirx.const(1, "bool")
_NOTHING = tirx.Evaluate(0)


@cache
def _kind(cls: type) -> Literal["statement", "expression", "leaf", "other"]:
    if is_a(cls, tirx.Stmt):
        return "statement"
    if is_a(cls, ir.Expr):
        return "leaf" if key_of(cls) in LEAVES else "expression"
    return "other"


@cache
def _is_open(name: str) -> bool:
    return name.startswith(OPEN_CALLS)


def _tag(text: str) -> Any:
    return _EVALUATE(_STRING(text, None), None)


def _can_stand_alone(ty: Any) -> bool:
    key = type_key(ty)
    return key == "ir.PointerType" or (key == "ir.PrimType" and str(ty.dtype) != "void")


def _has_name(node: Any) -> bool:
    # A conditional is written as statements that set a temporary, and then its name.
    return type_key(node) in LEAVES or getattr(node, "op", None) == _CONDITIONAL


def _is_scalar(ty: Any) -> bool:
    # A call with vector operands is written element by element, and one of a pointer is cast.
    return type_key(ty) == "ir.PrimType" and SCALAR.fullmatch(str(ty.dtype)) is not None


def _takes_expressions(cls: Any, field: str) -> bool:
    """Whether reflection declares the field as any Expr, and no codegen reads its value."""
    info = getattr(cls, "__tvm_ffi_type_info__", None)
    if info is None:
        return False
    if (info.type_key, field) in SEALED_FIELDS:
        return False
    while info is not None:
        for each in info.fields:
            if each.name == field:
                return str(each.ty) in ("ir.Expr", "Array[ir.Expr]", "ir.Expr | None")
        info = info.parent_type_info
    return False

"""Rebuilds function bodies with marks in them: statements between strings, expressions in calls."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import Any

import tvm_ffi
from tvm import ir, tirx

from viz.engine.labels import type_key
from viz.engine.nodes import Occurrence

UNMARKED_STATEMENTS = {"tirx.SeqStmt", "s_tir.SBlock"}
"""A SeqStmt writes nothing of its own; an SBlock stands where only an SBlock may."""

SEALED_TYPES = {"prim.Ramp", "prim.Broadcast", "prim.Shuffle", "ir.StringImm", "ir.Tuple"}
"""Codegens look inside these when they stand in an index or operand, rather than write them."""

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


_CALL = ir._ffi_api.Call
_CONDITIONAL = ir.Op.get("prim.if_then_else")
_EXTERN = ir.Op.get("tirx.call_pure_extern")


class Marker:
    """Rebuilds a function's body with marks around its nodes.

    ``left_out`` has ids of expressions without a mark, and of statements whose expressions have
    none; None leaves out every expression.
    """

    def __init__(self, occurrences: list[Occurrence], left_out: set[int] | None) -> None:
        self.occurrences = occurrences
        self.first = occurrences[0].id
        self.left_out = left_out
        self.ids: dict[int, list[int]] = {}
        for each in occurrences:
            self.ids.setdefault(each.handle, []).append(each.id)
        self.at = self.first
        self.silent = left_out is None
        self.marked: set[int] = set()

    def mutate(self, body: Any) -> Any:
        """Return the body rebuilt."""
        return tvm_ffi.structural_mutate(
            body, [(ir.Call, self.call), (tirx.Stmt, self.statement), (ir.Expr, self.expression)]
        )

    def enter(self, obj: Any) -> Occurrence | None:
        """Return the occurrence that is met now: mutation goes in pre-order, as the walker does."""
        ids = self.ids.get(int(obj.__chandle__()), ())
        place = bisect_right(ids, self.at)
        if place == len(ids):
            return None
        self.at = ids[place]
        return self.occurrences[self.at - self.first]

    def statement(self, node: Any, mutator: Any) -> Any:
        """Rebuild a statement."""
        here = self.enter(node)
        parent = self.parent(here)
        if type_key(parent) == "tirx.AttrStmt" and str(parent.attr_key) in SEALED_BODIES:
            return mutator.default_mutate(node)
        silent = self.silent
        if here is not None and self.left_out is not None:
            self.silent = here.id in self.left_out
        inner = mutator.default_mutate(node)
        self.silent = silent
        if here is None or type_key(node) in UNMARKED_STATEMENTS:
            return inner
        return tirx.SeqStmt([_tag(f"viz<{here.id}"), inner, _tag(f"viz>{here.id}")])

    def call(self, node: Any, mutator: Any) -> Any:
        """Rebuild a call."""
        if str(getattr(node.op, "name", "")).startswith(OPEN_CALLS):
            return self.expression(node, mutator)
        here = self.enter(node)
        return node if self.silent or here is None else self.wrap(here, node, node)

    def expression(self, node: Any, mutator: Any) -> Any:
        """Rebuild an expression."""
        here = self.enter(node)
        if self.silent or here is None or self.field(here) in SEALED_BELOW:
            return node
        if type_key(node) == "prim.Ramp":
            return node  # looked into, to see whether a load can be one of a vector
        inner = node if type_key(node) in LEAVES else mutator.default_mutate(node)
        return self.wrap(here, node, inner)

    def wrap(self, here: Occurrence, node: Any, inner: Any) -> Any:
        """Return ``inner`` in a call that names the node, where the node may bear one."""
        if here.id in (self.left_out or ()) or not self.wrappable(here, node):
            return inner
        self.marked.add(here.id)
        return _CALL(node.ty, _EXTERN, [ir.StringImm(f"__viz{here.id}"), inner], None, [], None)

    def wrappable(self, here: Occurrence, node: Any) -> bool:
        """Whether a node may stand in a call: by its type, and by what its field takes."""
        if type_key(node) in SEALED_TYPES or not _is_scalar(node.ty):
            return False
        if self.field(here) in SEALED_NAMES and _has_name(node):
            return False
        return _takes_expressions(self.parent(here).__class__, self.field(here)[1])

    def parent(self, here: Occurrence | None) -> Any:
        """Return the object that a node is a field of; None at the top."""
        if here is None or here.parent < self.first:
            return None
        return self.occurrences[here.parent - self.first].obj

    def field(self, here: Occurrence) -> tuple[str, str]:
        """Return the type of the parent and the field, without its index."""
        return type_key(self.parent(here)), here.field.partition("[")[0]


class Echoing(Marker):
    """Rebuilds a function's body with expressions without a mark also before their statement."""

    def __init__(self, occurrences: list[Occurrence], having: set[int]) -> None:
        super().__init__(occurrences, set())
        self.inner = Marker(occurrences, set())
        self.inner.marked = self.having = set(having)
        self.found: list[Any] = []
        self.count = 0

    def statement(self, node: Any, mutator: Any) -> Any:
        """Rebuild a statement."""
        self.enter(node)
        outer, self.found = self.found, []
        inner = mutator.default_mutate(node)
        found, self.found = self.found, outer
        self.count += len(found)
        return tirx.SeqStmt([*found, inner]) if found else inner

    def call(self, node: Any, mutator: Any) -> Any:
        """Rebuild a call."""
        return self.expression(node, mutator)

    def expression(self, node: Any, mutator: Any) -> Any:
        """Rebuild an expression."""
        here = self.enter(node)
        if here is None or type_key(node) in LEAVES:
            return node
        if not isinstance(self.parent(here), ir.Expr | tirx.Stmt):
            return node  # of a reducer or a range: never written
        if here.id not in self.having and type_key(node.ty) in ("ir.PrimType", "ir.PointerType"):
            self.echo(here, node)
        mutator.default_mutate(node)
        return node

    def echo(self, here: Occurrence, node: Any) -> None:
        """Add a block that writes an expression alone."""
        if str(getattr(node.ty, "dtype", "")) == "void":
            return
        inner = node
        if _is_scalar(node.ty):
            self.inner.at = here.id - 1
            inner = self.inner.mutate(node)
        block = [_tag(f"viz{{{here.id}"), tirx.Evaluate(inner), _tag(f"viz}}{here.id}")]
        self.found.append(tirx.IfThenElse(_TRUE, tirx.SeqStmt(block), None))


_TRUE = tirx.const(1, "bool")


def _tag(text: str) -> Any:
    return tirx.Evaluate(ir.StringImm(text))


def _has_name(node: Any) -> bool:
    # A conditional is written as statements that set a temporary, and then its name.
    return type_key(node) in LEAVES or getattr(node, "op", None) == _CONDITIONAL


def _is_scalar(ty: Any) -> bool:
    # A call with vector operands is written element by element, and one of a pointer is cast.
    return type_key(ty) == "ir.PrimType" and SCALAR.fullmatch(str(ty.dtype)) is not None


@cache
def _takes_expressions(cls: Any, field: str) -> bool:
    """Whether reflection declares the field as any Expr, and no codegen reads its value."""
    info = cls.__tvm_ffi_type_info__
    if (info.type_key, field) in SEALED_FIELDS:
        return False
    while info is not None:
        for each in info.fields:
            if each.name == field:
                return str(each.ty) in ("ir.Expr", "Array[ir.Expr]", "ir.Expr | None")
        info = info.parent_type_info
    return False

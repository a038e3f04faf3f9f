"""Which node wrote which characters of an emission, for every C-like codegen.

A codegen is a function from a module to a text. So mark the module's nodes, let the same codegen
write, and lay the marked text over the unmarked one (:mod:`viz.engine.alignment`). A statement is
put between two string statements, an expression into a call of an unknown function. Where the
marked text says something else than the unmarked one, the marks around the difference are taken out
and it is tried again: what remains is verified, and characters without a mark of their own belong
to the statement around them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import tvm
import tvm_ffi
from tvm import ir, tirx

from viz.engine.alignment import Marked, Placed, Plain, align, differences, naming
from viz.engine.echoes import echoes, place
from viz.engine.labels import type_key
from viz.engine.leaves import complete
from viz.engine.nodes import Occurrence
from viz.model import Mark, Verified

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

ROUNDS = 6
"""How often marks are taken out and tried again before only statements keep theirs."""

Functions = dict[Any, tuple[Any, list[Occurrence]]]
"""The functions of a module by variable, each with its nodes."""

Write = Callable[[tvm.IRModule], str]
"""Let the codegen write a module."""


class Marking(NamedTuple):
    """The marks of one emission, and how far they verified."""

    marks: tuple[Mark, ...]
    verified: Verified
    covering: tuple[int, ...] = ()


def mark(
    mod: tvm.IRModule, text: str, occurrences: dict[str, list[Occurrence]], write: Write
) -> Marking:
    """Return the marks of ``text``, which ``write(mod)`` gave.

    Parameters
    ----------
    mod
        What the codegen was given.
    occurrences
        The nodes of each of its functions, by name, in pre-order with the ids of the final Tree.
    """
    functions = {
        variable: (function, occurrences[str(variable.name_hint)])
        for variable, function in mod.functions.items()
        if isinstance(function, tirx.PrimFunc)
    }

    def done(placed: Placed, verified: Verified) -> Marking:
        named = {str(variable.name_hint): found for variable, (_, found) in functions.items()}
        marks = tuple(Mark(*each) for each in complete(text, named, placed))
        return Marking(marks, verified, tuple(sorted(_covering(named, marks))))

    plain = Plain(text)
    left_out: set[int] = set()
    reference: Marked | None = None
    for attempt in range(ROUNDS):
        marked = _write(mod, functions, write, left_out)
        if marked is None:
            break
        placed = align(marked, plain)
        if placed is not None:
            placed += _echoed(mod, functions, text, placed, write)
            return done(placed, "partly" if left_out else "expressions")
        if reference is None:
            reference = _write(mod, functions, write, None)
        wrong = differences(marked, reference) if reference is not None else None
        if not wrong:
            break
        for difference in wrong:
            if difference.statement in left_out:
                left_out |= naming(marked)
            left_out |= set(difference.around[: 1 + attempt])
            if attempt > 1 or not difference.around:
                left_out.add(difference.statement)
    reference = reference or _write(mod, functions, write, None)
    placed = align(reference, plain) if reference is not None else None
    if placed is None:
        return Marking((), "none")
    return done(placed, "statements")


def _covering(named: dict[str, list[Occurrence]], marks: tuple[Mark, ...]) -> set[int]:
    """Return the marked nodes that stand in for an expression below them."""
    having = {each.node for each in marks}
    found: set[int] = set()
    for nodes in named.values():
        first = nodes[0].id
        # Unwritten: what a codegen reads only, and everything below that.
        unwritten: set[int] = set()
        for each in nodes[1:]:
            parent = nodes[each.parent - first]
            field = (type_key(parent.obj), each.field.partition("[")[0])
            inside = isinstance(parent.obj, ir.Expr | tirx.Stmt) and parent.id not in unwritten
            looked_at = type_key(each.obj) == "prim.Ramp" and field[1] == "indices"
            if not inside or (field in SEALED_FIELDS and each.id not in having):
                unwritten.add(each.id)
            elif each.id not in having and _is_composite(each.obj) and not looked_at:
                above = each.parent
                while above not in having and above > first:
                    above = nodes[above - first].parent
                if above in having:
                    found.add(above)
    return found


def _is_composite(node: Any) -> bool:
    return isinstance(node, ir.Expr) and type_key(node) not in LEAVES


def _echoed(
    mod: tvm.IRModule, functions: Functions, text: str, placed: Placed, write: Write
) -> Placed:
    """Return the marks of expressions that could bear none where they stand."""
    having = {number for _, _, number in placed}
    bodies, count = {}, 0
    for variable, (function, occurrences) in functions.items():
        echoing = _Echoing(occurrences, having)
        bodies[variable] = echoing.mutate(function.body)
        count += echoing.count
    echo = _written(mod, functions, bodies, write) if count else None
    if echo is None:
        return []
    parents = {each.id: each.parent for _, found in functions.values() for each in found}
    return place(echoes(echo), placed, parents, text)


def _write(
    mod: tvm.IRModule, functions: Functions, write: Write, left_out: set[int] | None
) -> Marked | None:
    """Write the marked module; without expressions where ``left_out`` is None."""
    bodies = {
        variable: _Marker(occurrences, left_out).mutate(function.body)
        for variable, (function, occurrences) in functions.items()
    }
    text = _written(mod, functions, bodies, write)
    return Marked(text) if text is not None else None


def _written(
    mod: tvm.IRModule, functions: Functions, bodies: dict[Any, Any], write: Write
) -> str | None:
    """Let the codegen write the functions with other bodies, if it can."""
    changed = {
        variable: tirx.PrimFunc(f.params, bodies[variable], f.ret_type, attrs=f.attrs)
        for variable, (f, _) in functions.items()
    }
    try:
        return write(tvm.IRModule(changed, attrs=mod.attrs))
    except (tvm.error.InternalError, ValueError, TypeError, RuntimeError, NotImplementedError):
        return None  # this codegen looks into something that is marked


_CALL = ir._ffi_api.Call
_CONDITIONAL = ir.Op.get("prim.if_then_else")
_EXTERN = ir.Op.get("tirx.call_pure_extern")


class _Marker:
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
        here = self.enter(node)
        silent = self.silent
        if here is not None and self.left_out is not None:
            self.silent = here.id in self.left_out
        inner = mutator.default_mutate(node)
        self.silent = silent
        if here is None or type_key(node) in UNMARKED_STATEMENTS:
            return inner
        return tirx.SeqStmt([_tag(f"viz<{here.id}"), inner, _tag(f"viz>{here.id}")])

    def call(self, node: Any, mutator: Any) -> Any:
        if str(getattr(node.op, "name", "")).startswith(OPEN_CALLS):
            return self.expression(node, mutator)
        here = self.enter(node)
        return node if self.silent or here is None else self.wrap(here, node, node)

    def expression(self, node: Any, mutator: Any) -> Any:
        here = self.enter(node)
        if self.silent or here is None:
            return node
        if type_key(node) == "prim.Ramp":
            return node  # looked into, to see whether a load can be one of a vector
        inner = node if type_key(node) in LEAVES else mutator.default_mutate(node)
        return self.wrap(here, node, inner)

    def wrap(self, here: Occurrence, node: Any, inner: Any) -> Any:
        if here.id in (self.left_out or ()) or not self.wrappable(here, node):
            return inner
        self.marked.add(here.id)
        return _CALL(node.ty, _EXTERN, [ir.StringImm(f"__viz{here.id}"), inner], None, [], None)

    def wrappable(self, here: Occurrence, node: Any) -> bool:
        if type_key(node) in SEALED_TYPES or not _is_scalar(node.ty):
            return False
        parent = self.occurrences[here.parent - self.first].obj
        field = here.field.partition("[")[0]
        if (type_key(parent), field) in SEALED_NAMES and _has_name(node):
            return False
        return _takes_expressions(parent.__class__, field)


class _Echoing(_Marker):
    """Rebuilds a function's body with expressions without a mark also before their statement."""

    def __init__(self, occurrences: list[Occurrence], having: set[int]) -> None:
        super().__init__(occurrences, set())
        self.inner = _Marker(occurrences, set())
        self.inner.marked = self.having = set(having)
        self.found: list[Any] = []
        self.count = 0

    def statement(self, node: Any, mutator: Any) -> Any:
        self.enter(node)
        outer, self.found = self.found, []
        inner = mutator.default_mutate(node)
        found, self.found = self.found, outer
        self.count += len(found)
        return tirx.SeqStmt([*found, inner]) if found else inner

    def call(self, node: Any, mutator: Any) -> Any:
        return self.expression(node, mutator)

    def expression(self, node: Any, mutator: Any) -> Any:
        here = self.enter(node)
        if here is None or type_key(node) in LEAVES:
            return node
        parent = self.occurrences[here.parent - self.first].obj
        if not isinstance(parent, ir.Expr | tirx.Stmt):
            return node  # of a reducer or a range: never written
        if here.id not in self.having and type_key(node.ty) in ("ir.PrimType", "ir.PointerType"):
            self.echo(here, node)
        mutator.default_mutate(node)
        return node

    def echo(self, here: Occurrence, node: Any) -> None:
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

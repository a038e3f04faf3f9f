"""Rewrite vectors as one scalar a lane, for compilers that have no vector types.

``B[T.Ramp(i, 1, 4)] = A[T.Ramp(i, 1, 4)]`` becomes four values with names and four stores: all
lanes are read before the first is written, as by a vector.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import tvm
import tvm_ffi
from tvm import ir, tirx

from viz.ir.labels import type_key
from viz.ir.mutation import mutate

MOST_LANES = 1024
"""Lanes of a vector that are written out."""

Lane = Callable[["_LaneWriter", Any, int], Any]


class CannotSplit(Exception):
    """A vector that is no arithmetic of its lanes."""


def has_vectors(mod: tvm.IRModule) -> bool:
    """Whether a program has vectors of its own, apart from what ``T.vectorized`` makes."""
    found: list[bool] = []
    callbacks = [
        (tirx.Ramp, lambda node: found.append(True)),
        (tirx.Broadcast, lambda node: found.append(True)),
        (tirx.Shuffle, lambda node: found.append(True)),
    ]
    for function in mod.functions.values():
        if isinstance(function, tirx.PrimFunc):
            tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    return any(found)


def split(mod: tvm.IRModule) -> tvm.IRModule | None:
    """Return a module without vectors; None for one that has some whose lanes are no scalars.

    The statements keep their spans.
    """
    functions = dict(mod.functions.items())
    for variable, function in functions.items():
        if isinstance(function, tirx.PrimFunc):
            writer = _LaneWriter()
            functions[variable] = writer.rebuilt(function)
            if writer.failed:
                return None
    return tvm.IRModule(functions, attrs=mod.attrs)


class _LaneWriter:
    """Rewrites the statements of one function."""

    def __init__(self) -> None:
        self.named: dict[int, list[Any]] = {}
        """The scalars of the variables that stand for a vector, by the variable's handle."""
        self.failed = False
        """Whether a vector is left: what a callback of a mutation throws loses its type."""

    def rebuilt(self, function: Any) -> Any:
        """Return the function with all of its vectors split."""
        callbacks = [
            (tirx.SeqStmt, self._sequence),
            (tirx.BufferStore, self._single),
            (tirx.Bind, self._single),
            (ir.Expr, self._expression),
        ]
        return function.with_body(mutate(function.body, callbacks))

    def _sequence(self, node: Any, mutator: Any) -> Any:
        statements: list[Any] = []
        for statement in node.seq:
            if isinstance(statement, tirx.BufferStore | tirx.Bind):
                statements += self._split(statement)
            else:
                statements.append(mutator.mutate(statement))
        return tirx.SeqStmt(statements, node.span)

    def _single(self, node: Any, mutator: Any) -> Any:
        statements = self._split(node)
        return statements[0] if len(statements) == 1 else tirx.SeqStmt(statements, node.span)

    def _expression(self, node: Any, mutator: Any) -> Any:
        try:
            return self.scalar(node)
        except CannotSplit:
            self.failed = True
            return node

    def _split(self, node: Any) -> list[Any]:
        try:
            return self._statements(node)
        except CannotSplit:
            self.failed = True
            return [node]

    def _statements(self, node: Any) -> list[Any]:
        """Return the statements of a store, or of a name for a value."""
        lanes = max(map(_lanes, (node.value, *getattr(node, "indices", ()))))
        if isinstance(node, tirx.Bind):
            if lanes == 1:
                return [tirx.Bind(node.var, self.scalar(node.value), node.span)]
            name = str(node.var.name)
            binds = self._binds(name, [self.lane(node.value, k) for k in range(lanes)], node.span)
            self.named[node.var.__chandle__()] = [bind.var for bind in binds]
            return binds
        if lanes == 1:
            indices = [self.scalar(index) for index in node.indices]
            return [tirx.BufferStore(node.buffer, self.scalar(node.value), indices, node.span)]
        _require_scalars(node.buffer)
        values = [self.lane(node.value, k) for k in range(lanes)]
        binds = self._binds(f"{node.buffer.name}_lane", values, node.span)
        stores = []
        for k, bind in enumerate(binds):
            indices = [self.lane(index, k) for index in node.indices]
            stores.append(tirx.BufferStore(node.buffer, bind.var, indices, node.span))
        return [*binds, *stores]

    @staticmethod
    def _binds(name: str, values: Sequence[Any], span: Any) -> list[Any]:
        variables = [tirx.Var(f"{name}_{k}", value.ty) for k, value in enumerate(values)]
        return [tirx.Bind(v, value, span) for v, value in zip(variables, values, strict=True)]

    def scalar(self, node: Any) -> Any:
        """Return a scalar without the vectors inside of it."""
        if _lanes(node) > 1:
            raise CannotSplit
        return self.lane(node, 0)

    def lane(self, node: Any, k: int) -> Any:
        """Return one lane of an expression; a scalar is the same in each.

        Raises
        ------
        CannotSplit
            When the lane is no scalar expression of lanes.
        """
        key = type_key(node)
        if key in _LANES:
            return _LANES[key](self, node, k)
        if key in _BINARY:
            return type(node)(self.lane(node.a, k), self.lane(node.b, k), node.span)
        if _lanes(node) > 1 or any(_lanes(each) > 1 for each in getattr(node, "args", ())):
            raise CannotSplit
        return node


def _lanes(node: Any) -> int:
    """Return the lanes of an expression; 1 for what has no dtype.

    Raises
    ------
    CannotSplit
        Where only the processor knows how many they are.
    """
    dtype = str(getattr(getattr(node, "ty", None), "dtype", "") or "")
    match = _VECTOR.fullmatch(dtype)
    if "vscale" in dtype or (match is not None and int(match["lanes"]) > MOST_LANES):
        raise CannotSplit
    return int(match["lanes"]) if match is not None else 1


_VECTOR = re.compile(r"(?P<element>\w+)x(?P<lanes>\d+)")


def _element(dtype: str) -> str:
    match = _VECTOR.fullmatch(dtype)
    return match["element"] if match is not None else dtype


def _require_scalars(buffer: Any) -> None:
    if _VECTOR.fullmatch(str(buffer.ty.dtype)):
        raise CannotSplit


def _load(writer: _LaneWriter, node: Any, k: int) -> Any:
    if _lanes(node) > 1:
        _require_scalars(node.source)
    indices = [writer.lane(index, k) for index in node.indices]
    return tirx.BufferLoad(node.source, indices, span=node.span)


def _shuffle(writer: _LaneWriter, node: Any, k: int) -> Any:
    """Return a lane of ``T.Shuffle``, which picks lanes of the vectors put together."""
    picked = node.indices[k]
    if not isinstance(picked, tirx.IntImm):
        raise CannotSplit
    place = int(picked.value)
    for vector in node.vectors:
        if place < _lanes(vector):
            return writer.lane(vector, place)
        place -= _lanes(vector)
    raise CannotSplit


def _call(writer: _LaneWriter, node: Any, k: int) -> Any:
    """Return a lane of a call that does the same to each lane, as all mathematics does."""
    arguments = [writer.lane(argument, k) for argument in node.args]
    if _lanes(node) == 1:
        if any(_lanes(argument) > 1 for argument in node.args):
            raise CannotSplit
        return ir.Call(
            node.op, arguments, node.attrs, list(node.ty_args or []), node.span, ret_ty=node.ty
        )
    name = str(getattr(node.op, "name", ""))
    if not name.startswith(("tirx.", "prim.")) or "vector" in name or "ptx" in name:
        raise CannotSplit
    scalar = ir.PrimType(_element(str(node.ty.dtype)))
    return ir.Call(
        node.op, arguments, node.attrs, list(node.ty_args or []), node.span, ret_ty=scalar
    )


def _cast(writer: _LaneWriter, node: Any, k: int) -> Any:
    return tirx.Cast(_element(str(node.ty.dtype)), writer.lane(node.value, k), node.span)


def _variable(writer: _LaneWriter, node: Any, k: int) -> Any:
    if _lanes(node) == 1:
        return node
    scalars = writer.named.get(node.__chandle__())
    if scalars is None:
        raise CannotSplit
    return scalars[k]


_LANES: dict[str, Lane] = {
    "ir.Call": _call,
    "ir.TensorLoad": _load,
    "ir.Var": _variable,
    "prim.Broadcast": lambda writer, node, k: writer.scalar(node.value),
    "prim.Cast": _cast,
    "prim.Not": lambda writer, node, k: tirx.Not(writer.lane(node.a, k), node.span),
    "prim.Ramp": lambda writer, node, k: writer.scalar(node.base) + writer.scalar(node.stride) * k,
    "prim.Select": lambda writer, node, k: tirx.Select(
        writer.lane(node.condition, k),
        writer.lane(node.true_value, k),
        writer.lane(node.false_value, k),
        node.span,
    ),
    "prim.Shuffle": _shuffle,
}
"""How one lane of each kind of expression is written."""

_BINARY = frozenset(
    f"prim.{name}"
    for name in (
        *("Add", "Sub", "Mul", "Div", "Mod", "FloorDiv", "FloorMod", "Min", "Max", "And", "Or"),
        *("EQ", "NE", "LT", "LE", "GT", "GE"),
        *("BitwiseAnd", "BitwiseOr", "BitwiseXor", "LShift", "RShift"),
    )
)
"""Expressions of two operands, lane by lane."""

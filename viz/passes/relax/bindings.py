"""Read the functions of a stage: what Relax functions bind and call, what PrimFuncs are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import tvm
import tvm_ffi
from tvm import ir, relax, tirx

from viz.ir.labels import operator
from viz.ir.reflection import elements
from viz.ir.relax_places import direct_bindings

CALLS_TIR = ("relax.call_tir", "relax.call_tir_inplace")
"""Operators of the calls of a PrimFunc, which is their first argument."""


class Bound(NamedTuple):
    """A variable of a Relax function and the value that it is bound to."""

    variable: Any
    value: Any


def bindings(sequence: Any) -> Iterator[Bound]:
    """Yield what a Relax function binds, in the order of its statements, branches included."""
    for binding in direct_bindings(sequence):
        value = binding.value
        if isinstance(value, relax.If):
            yield from bindings(value.true_branch)
            yield from bindings(value.false_branch)
        yield Bound(binding.var, value)


def callee(value: Any) -> str:
    """Return the name of the function of the module that a value is a call of; empty for others."""
    op = value.op if isinstance(value, ir.Call) else None
    return str(op.name_hint) if isinstance(op, ir.GlobalVar) else ""


def kernel_of(value: Any) -> str:
    """Return the name of the PrimFunc that a value is a call of; empty for others."""
    if operator(value) in CALLS_TIR:
        return str(value.args[0].name_hint)
    return callee(value)


def arguments(value: Any) -> list[Any]:
    """Return what a call is given, of a call of a PrimFunc without its name."""
    if not isinstance(value, ir.Call):
        return []
    given = elements(value.args)
    if operator(value) in CALLS_TIR:
        given = given[1:]
    return [
        each
        for argument in given
        for each in (elements(argument.fields) if isinstance(argument, ir.Tuple) else (argument,))
    ]


def extents(ty: Any) -> list[Any]:
    """Return the extents of a tensor's or a buffer's type; none where they are not known."""
    shape = getattr(ty, "shape", None) or ()
    return list(shape.values if isinstance(shape, relax.ShapeExpr) else shape)


def statements(function: Any) -> list[Any]:
    """Return the outermost statements of a PrimFunc, inside its root block."""
    body = function.body
    if isinstance(body, tvm.s_tir.SBlockRealize):
        body = body.block.body
    return list(body.seq) if isinstance(body, tirx.SeqStmt) else [body]


def objects(statement: Any) -> list[Any]:
    """Return the statements, expressions and variables of a statement."""
    objects: list[Any] = []
    callbacks = [
        (ir.Type, lambda node: tvm_ffi.WalkResult.SKIP),
        (ir.Expr, objects.append),
        (tirx.Stmt, objects.append),
    ]
    tvm_ffi.structural_walk(statement, callbacks, order="pre")
    return objects


class BindingReader:
    """Reads what functions bind and call, each function and each value once.

    What it has read must stay alive: it is known by its handle.
    """

    def __init__(self) -> None:
        self._bindings: dict[int, list[Bound]] = {}
        self._arguments: dict[int, list[Any]] = {}
        self._kernels: dict[int, str] = {}

    def bindings(self, function: Any) -> list[Bound]:
        """Return what :func:`bindings` yields of a function."""
        handle = function.__chandle__()
        if handle not in self._bindings:
            self._bindings[handle] = list(bindings(function.body))
        return self._bindings[handle]

    def arguments(self, value: Any) -> list[Any]:
        """Return what :func:`arguments` does."""
        handle = value.__chandle__()
        if handle not in self._arguments:
            self._arguments[handle] = arguments(value)
        return self._arguments[handle]

    def kernel_of(self, value: Any) -> str:
        """Return what :func:`kernel_of` does."""
        handle = value.__chandle__()
        if handle not in self._kernels:
            self._kernels[handle] = kernel_of(value)
        return self._kernels[handle]

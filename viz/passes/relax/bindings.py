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

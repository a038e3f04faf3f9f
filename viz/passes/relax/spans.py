"""Keep the user's spans through the passes of Relax that lose them.

LegalizeOps makes a PrimFunc of a call of Relax, without the span of the call; FuseTIR makes one of
several, and keeps the spans of expressions alone. Here their statements and expressions get the
span of the call, as if the passes had kept it: later ones keep spans, so that fused and scheduled
kernels still tell which call each part is of.
"""

from __future__ import annotations

from typing import Any

import tvm
from tvm import tirx
from tvm.ir.instrument import pass_instrument
from tvm.script.ir_builder import IRBuilder
from tvm_ffi import Array

from viz.ir.functions import is_relax
from viz.passes.code_fields import SHARED_CLASSES
from viz.passes.relax.bindings import bindings, kernel_of, objects

REBUILT = (
    tvm.s_tir.SBlock,
    tvm.s_tir.SBlockRealize,
    tirx.AttrStmt,
    tirx.BufferStore,
    tirx.Evaluate,
    tirx.For,
    tirx.IfThenElse,
    tirx.SeqStmt,
)
"""Statements that are made anew with a span: their fields are what their constructor takes."""


@pass_instrument
class SpanKeeper:
    """Gives the PrimFuncs that a pass makes the spans of the calls they are made of.

    It puts them into the module that the pass has made, in place of those without spans.

    Parameters
    ----------
    mod
        The module before the first pass.
    """

    def __init__(self, mod: tvm.IRModule) -> None:
        self._spans: dict[int, Any] = {}
        """The spans of the user's calls, by the handle of the variable that each is bound to."""
        self._users = _prim_funcs(mod).keys()
        self._done: dict[int, Any] = {}
        """The functions that were looked at, by their handles."""
        for function in filter(is_relax, mod.functions.values()):
            for variable, value in bindings(function.body):
                if value.span is not None:
                    self._spans[variable.__chandle__()] = value.span

    def run_after_pass(self, mod: tvm.IRModule, info: Any) -> None:
        """Give spans to the functions that a pass has made: TVM calls it."""
        functions = _prim_funcs(mod)
        new = {
            name: function
            for name, function in functions.items()
            if name not in self._users and function.__chandle__() not in self._done
        }
        if not new:
            return
        spans: dict[str, Any] = {}
        for function in filter(is_relax, mod.functions.values()):
            for variable, value in bindings(function.body):
                spans.setdefault(kernel_of(value), self._spans.get(variable.__chandle__()))
        with IRBuilder() as builder:
            for name, function in new.items():
                body = _placed(builder, function.body, spans.get(name))
                if not body.same_as(function.body):
                    function = function.with_body(body)
                    mod.update_func(mod.get_global_var(name), function)
                self._done[function.__chandle__()] = function


def _prim_funcs(mod: tvm.IRModule) -> dict[str, Any]:
    return {
        str(variable.name_hint): function
        for variable, function in mod.functions.items()
        if isinstance(function, tirx.PrimFunc)
    }


def _placed(builder: Any, statement: Any, span: Any) -> Any:
    """Return a statement in which all has a span, where it is told.

    That is the only one which its expressions have; ``span`` where none of them has one.
    """
    parts = [each for each in objects(statement) if each.__class__ not in SHARED_CLASSES]
    own = {each.span.__chandle__(): each.span for each in parts if each.span is not None}
    if len(own) == len(parts) or not isinstance(statement, REBUILT):
        return statement
    span = None if len(own) > 1 else next(iter(own.values()), span)
    if span is not None:
        with builder.with_source_span(span):
            for each in parts:  # of statements that has no effect
                builder._set_current_source_span(each)
    elif not own:
        return statement
    fields = {
        field.name: _field(builder, getattr(statement, field.name), span)
        for field in statement.__tvm_ffi_type_info__.fields
    }
    return statement.__class__(**fields, span=statement.span or span)


def _field(builder: Any, value: Any, span: Any) -> Any:
    """Return the value of a field with the statements in it placed."""
    if isinstance(value, tirx.Stmt):
        return _placed(builder, value, span)
    if isinstance(value, Array) and len(value) and isinstance(value[0], tirx.Stmt):
        return [_placed(builder, each, span) for each in value]
    return value

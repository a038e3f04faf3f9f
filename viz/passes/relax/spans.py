"""Keep the user's spans through the passes of Relax that lose them.

LegalizeOps makes a PrimFunc of a call of Relax, without the span of the call; FuseTIR makes one of
several, and keeps the spans of expressions alone. Here their statements and expressions get the
span of the call, as if the passes had kept it: later ones keep spans, so that fused and scheduled
kernels still tell which call each part is of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tvm
from tvm import tirx
from tvm.ir.instrument import pass_instrument
from tvm.script.ir_builder import IRBuilder
from tvm_ffi import Array

from viz.ir.functions import is_relax, relax_functions
from viz.passes.code_fields import SHARED_CLASSES
from viz.passes.relax.bindings import BindingReader, bindings, kernel_of, objects, statements
from viz.passes.relax.twins import with_earlier

FUSE_OPS = "FuseOps"
FUSE_TIR = "FuseTIR"
"""The pass that puts kernels together, and how the name of the one that it runs for that begins."""

_STATEMENTS = ("AttrStmt", "BufferStore", "Evaluate", "For", "IfThenElse", "SeqStmt")
REBUILT = (
    tvm.s_tir.SBlock,
    tvm.s_tir.SBlockRealize,
    # Another TVM may lack one, and lowers all the same.
    *(getattr(tirx, name) for name in _STATEMENTS if hasattr(tirx, name)),
)
"""Statements that are made anew with a span: their fields are what their constructor takes."""


@pass_instrument
class SpanKeeper:
    """Gives the PrimFuncs that a pass makes the spans of the calls they are made of.

    It puts them into the module that the pass has made, in place of those without spans. Calls on
    the same shapes share a PrimFunc at first. Where some of them are fused later it waits with such
    a one: FuseTIR copies it for each call, and then each copy gets the span of its own.

    Parameters
    ----------
    mod
        The module before the first pass.
    fuses
        Whether FuseTIR is one of the passes.
    """

    def __init__(self, mod: tvm.IRModule, *, fuses: bool) -> None:
        self._spans: dict[int, Any] = {}
        """The spans of the user's calls, by the handle of the variable that each is bound to."""
        self._users = _prim_funcs(mod).keys()
        self._waits = fuses
        self._before: dict[str, Any] = {}
        """The Relax functions before FuseOps, by name."""
        self._groups: dict[str, list[Any]] = {}
        """The spans of the calls behind the statements of each fused kernel, by its name."""
        self._done: dict[int, Any] = {}
        """The functions that were looked at, by their handles."""
        for function in filter(is_relax, mod.functions.values()):
            for variable, value in bindings(function.body):
                if value.span is not None:
                    self._spans[variable.__chandle__()] = value.span

    def run_before_pass(self, mod: tvm.IRModule, info: Any) -> None:
        """Note what FuseTIR puts together: TVM calls it."""
        if str(info.name) == FUSE_OPS:
            self._before = relax_functions(mod)
        elif str(info.name) == FUSE_TIR:
            kernels = _prim_funcs(mod)
            for name, group in relax_functions(mod).items():
                self._groups[name] = [
                    self._spans.get(variable.__chandle__())
                    for variable, value in bindings(group.body)
                    if (kernel := kernels.get(kernel_of(value)))
                    for _ in statements(kernel)
                ]

    def run_after_pass(self, mod: tvm.IRModule, info: Any) -> None:
        """Give spans to the functions that a pass has made: TVM calls it."""
        self._waits = self._waits and not str(info.name).startswith(FUSE_TIR)
        if str(info.name) == FUSE_OPS:
            self._keep_spans(relax_functions(mod))
        functions = _prim_funcs(mod)
        new = {
            name: function
            for name, function in functions.items()
            if name not in self._users and function.__chandle__() not in self._done
        }
        if not new:
            return
        spans = self._called(mod)
        with IRBuilder() as builder:
            for name, function in new.items():
                own = spans.get(name, [])
                if self._waits and len({each and each.__chandle__() for each in own}) > 1:
                    continue
                body = _with_own_spans(builder, function, self._groups.get(name, ()))
                body = _placed(builder, body, next(iter(own), None))
                if not body.same_as(function.body):
                    function = function.with_body(body)
                    mod.update_func(mod.get_global_var(name), function)
                self._done[function.__chandle__()] = function

    def _keep_spans(self, functions: dict[str, Any]) -> None:
        """Give variables that FuseOps made anew the spans of those that they were."""
        for name in self._before.keys() & functions.keys():
            last = None
            pairs = with_earlier(self._before[name], functions[name], functions, BindingReader())
            for each in pairs:
                span = last if each.stands == "for a group" else self._spans.get(each.variable)
                if span is not None:
                    self._spans.setdefault(each.bound.variable.__chandle__(), span)
                last = span

    def _called(self, mod: tvm.IRModule) -> dict[str, list[Any]]:
        """Return the spans of the calls of each function, by its name; None for unknown ones."""
        spans: dict[str, list[Any]] = {}
        for function in filter(is_relax, mod.functions.values()):
            for variable, value in bindings(function.body):
                span = self._spans.get(variable.__chandle__())
                spans.setdefault(kernel_of(value), []).append(span)
        return spans


def _with_own_spans(builder: Any, function: Any, spans: Sequence[Any]) -> Any:
    """Return the body of a fused kernel with the span of its call for each outermost statement."""
    outermost = statements(function)
    if len(outermost) < 2 or len(outermost) != len(spans):
        return function.body
    body = tirx.SeqStmt(
        [_placed(builder, one, span) for one, span in zip(outermost, spans, strict=True)]
    )
    root = function.body
    if not isinstance(root, tvm.s_tir.SBlockRealize):
        return body
    fields = {each.name: getattr(root.block, each.name) for each in _fields(root.block)}
    block = root.block.__class__(**fields | {"body": body}, span=root.block.span)
    return tvm.s_tir.SBlockRealize(root.iter_values, root.predicate, block, span=root.span)


def _fields(statement: Any) -> Any:
    return statement.__tvm_ffi_type_info__.fields


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
        for field in _fields(statement)
    }
    return statement.__class__(**fields, span=statement.span or span)


def _field(builder: Any, value: Any, span: Any) -> Any:
    """Return the value of a field with the statements in it placed."""
    if isinstance(value, tirx.Stmt):
        return _placed(builder, value, span)
    if isinstance(value, Array) and len(value) and isinstance(value[0], tirx.Stmt):
        return [_placed(builder, each, span) for each in value]
    return value

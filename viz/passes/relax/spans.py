"""Keep the user's spans through the passes of Relax that lose them.

LegalizeOps makes a PrimFunc of a call of Relax, without the span of the call. Here its statements
and expressions get that span, as if the pass had kept it: the passes after it keep spans, so that
fused and scheduled kernels still tell which call each part is of.
"""

from __future__ import annotations

from typing import Any

import tvm
import tvm_ffi
from tvm import ir, tirx
from tvm.ir.instrument import pass_instrument
from tvm.script.ir_builder import IRBuilder

from viz.ir.functions import is_relax
from viz.passes.code_fields import SHARED_CLASSES
from viz.passes.relax.calls import bindings, kernel_of


@pass_instrument
class SpanKeeper:
    """Gives the PrimFuncs that a pass makes the spans of the calls they are made of.

    Parameters
    ----------
    mod
        The module before the first pass.
    """

    def __init__(self, mod: tvm.IRModule) -> None:
        self._spans: dict[int, Any] = {}
        """The spans of the user's calls, by the handle of the variable that each is bound to."""
        self._known = _prim_funcs(mod).keys()
        for function in filter(is_relax, mod.functions.values()):
            for variable, value in bindings(function.body):
                if value.span is not None:
                    self._spans[variable.__chandle__()] = value.span

    def run_after_pass(self, mod: tvm.IRModule, info: Any) -> None:
        functions = _prim_funcs(mod)
        new = functions.keys() - self._known
        if not new:
            return
        self._known = functions.keys()
        with IRBuilder() as builder:
            for function in filter(is_relax, mod.functions.values()):
                for variable, value in bindings(function.body):
                    name, span = kernel_of(value), self._spans.get(variable.__chandle__())
                    if name in new and span is not None:
                        with builder.with_source_span(span):
                            _give(builder, functions[name])


def _prim_funcs(mod: tvm.IRModule) -> dict[str, Any]:
    return {
        str(variable.name_hint): function
        for variable, function in mod.functions.items()
        if isinstance(function, tirx.PrimFunc)
    }


def _give(builder: Any, function: Any) -> None:
    """Give the current span to what is in a function and has none, but to what may stand elsewhere."""

    def give(obj: Any) -> None:
        if obj.span is None and obj.__class__ not in SHARED_CLASSES:
            builder._set_current_source_span(obj)

    callbacks = [
        (ir.Type, lambda node: tvm_ffi.WalkResult.SKIP),
        (ir.Expr, give),
        (tirx.Stmt, give),
    ]
    tvm_ffi.structural_walk(function.body, callbacks, order="pre")

"""Find the calls of Relax operators that LegalizeOps makes no PrimFunc of, and say why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tvm
from tvm import ir, relax
from tvm.ir.instrument import pass_instrument

from viz.errors import LoweringError
from viz.ir.functions import prim_funcs, relax_functions
from viz.ir.labels import dtype, operator, short
from viz.messages import Message, message_of
from viz.passes.relax.bindings import arguments, bindings, extents, kernel_of

LEGALIZE = "LegalizeOps"

OF_THE_MACHINE = {"relax.reshape", "relax.shape_of", "relax.tensor_to_shape", "relax.to_vdevice"}
"""Operators that the virtual machine computes without a PrimFunc."""


@pass_instrument
class LegalizeCheck:
    """Stops a build after LegalizeOps where an operator is left that no later pass knows.

    Later passes say no more of it than that they do not know it, and some crash.
    """

    def __init__(self) -> None:
        self.failure: LoweringError | None = None

    def run_after_pass(self, mod: tvm.IRModule, info: Any) -> None:
        """Look at what LegalizeOps left: TVM calls it."""
        if str(info.name) != LEGALIZE:
            return
        if (why := first_not_legalised(mod)) is not None:
            self.failure = LoweringError(why)
            raise ValueError(why.text())


def first_not_legalised(mod: tvm.IRModule) -> Message | None:
    """Return why LegalizeOps makes no PrimFunc of an operator in a module, the first one."""
    values = (v for f in relax_functions(mod).values() for _, v in bindings(f.body))
    return next(filter(None, map(not_legalised, values)), None)


def not_legalised(value: Any) -> Message | None:
    """Return why LegalizeOps makes no PrimFunc of a value; None where it does or need not."""
    if not isinstance(value, ir.Call) or not isinstance(value.op, ir.Op):
        return None
    name = operator(value)
    if name in OF_THE_MACHINE or value.op.get_attr("FLegalize") is None:
        return None
    shown = name.replace("relax.", "R.", 1)
    for operand, ty in (pair for each in value.args for pair in _tensors(each)):
        if not ty.dtype:
            return message_of("dtype-not-known", operator=shown, operand=operand)
        if not isinstance(ty.shape, relax.ShapeExpr):
            return message_of("shape-not-known", operator=shown, operand=operand)
    results = () if value.op.get_attr("FDataDependent") else _tensors(value)
    if any(not isinstance(ty.shape, relax.ShapeExpr) for _, ty in results):
        return message_of("result-shape-not-known", operator=shown)
    return None


def _tensors(argument: Any) -> Iterator[tuple[str, Any]]:
    """Yield the tensors of an argument in words, with their types."""
    if isinstance(argument, ir.Tuple):
        for each in argument.fields:
            yield from _tensors(each)
        return
    name, types = short(argument), [argument.ty]
    while types:
        ty = types.pop()
        if isinstance(ty, relax.TensorType):
            yield name, ty
        elif isinstance(ty, ir.TupleType):
            types.extend(ty.fields)


def is_given(mod: tvm.IRModule, number: int, given: str, call: Any) -> bool:
    """Whether a call of a PrimFunc gives it a tensor of another shape or dtype than it declares.

    Parameters
    ----------
    number
        The place of the tensor among the parameters, from 0; outputs come last.
    given
        Its type, as TVM prints it.
    """
    kernel = _prim_func(mod, kernel_of(call)) if isinstance(call, ir.Call) else None
    if kernel is None:
        return False
    outputs = call.ty.fields if isinstance(call.ty, ir.TupleType) else [call.ty]
    types = [*(each.ty for each in arguments(call)), *outputs]
    if number >= min(len(types), len(kernel.params)) or str(types[number]) != given:
        return False
    both = (kernel.params[number].ty, types[number])
    declared, known = ([short(extent) for extent in extents(ty)] for ty in both)
    return declared != known or dtype(both[0].dtype) != str(both[1].dtype)


def _prim_func(mod: tvm.IRModule, name: str) -> Any:
    functions = prim_funcs(mod).functions.items()
    return next((f for v, f in functions if str(v.name_hint) == name), None)

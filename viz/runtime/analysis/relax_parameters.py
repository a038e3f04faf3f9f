"""Describe a Relax function's parameters as plain data."""

from __future__ import annotations

from typing import Any

from tvm import relax

from viz.ir.labels import short
from viz.model import Function, Parameter
from viz.runtime.analysis.sizes import variables
from viz.text import Span


def describe(name: str, function: Any, span: Span | None) -> Function:
    """Return a Relax function's parameters as plain data; Relax writes none of them.

    Parameters
    ----------
    span
        Where the user's text names the function.
    """
    parameters = tuple(_parameter(each) for each in function.params)
    return Function(name=name, parameters=parameters, span=span, kind="relax")


def _parameter(parameter: Any) -> Parameter:
    ty, name = parameter.ty, str(parameter.name)
    if not isinstance(ty, relax.TensorType):
        return Parameter(name=name, dtype=short(ty))
    dtype = str(ty.dtype or "")
    if not isinstance(ty.shape, relax.ShapeExpr):
        return Parameter(name=name, dtype=dtype, shape=("?",) * max(int(ty.ndim), 0))
    extents = list(ty.shape.values)
    symbols = dict.fromkeys(str(v.name) for extent in extents for v in variables(extent))
    return Parameter(
        name=name,
        dtype=dtype,
        shape=tuple(short(extent) for extent in extents),
        symbols=tuple(symbols),
    )

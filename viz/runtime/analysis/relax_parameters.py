"""Describe a Relax function's parameters as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tvm import ir, relax

from viz.ir.labels import dtype as dtype_of
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
        return Parameter(name=name, dtype=_words(ty), symbols=tuple(dict.fromkeys(_symbols(ty))))
    dtype = str(ty.dtype or "")
    if not isinstance(ty.shape, relax.ShapeExpr):
        return Parameter(name=name, dtype=dtype, shape=("?",) * max(int(ty.ndim), 0))
    extents = list(ty.shape.values)
    return Parameter(
        name=name,
        dtype=dtype,
        shape=tuple(short(extent) for extent in extents),
        symbols=tuple(dict.fromkeys(_symbols(ty))),
    )


def _words(ty: Any) -> str:
    """Return a type in words, such as ``(float32[8, n], int64)`` for a tuple."""
    if isinstance(ty, ir.TupleType):
        return f"({', '.join(map(_words, ty.fields))})"
    if isinstance(ty, relax.TensorType) and isinstance(ty.shape, relax.ShapeExpr):
        return f"{ty.dtype}[{', '.join(map(short, ty.shape.values))}]"
    # TVM's text is of a class of its own.
    return dtype_of(ty) if isinstance(ty, ir.PrimType) else "".join(str(ty))


def _symbols(ty: Any) -> Iterator[str]:
    """Yield the names of the variables in a shape, and in those of a tuple's parts."""
    if isinstance(ty, ir.TupleType):
        for each in ty.fields:
            yield from _symbols(each)
    shape = ty.values if isinstance(ty, relax.ShapeType) else getattr(ty, "shape", None)
    for extent in (shape.values if isinstance(shape, relax.ShapeExpr) else shape) or ():
        yield from (str(v.name) for v in variables(extent))

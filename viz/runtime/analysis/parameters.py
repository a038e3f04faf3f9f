"""Describe a PrimFunc's parameters as plain data."""

from __future__ import annotations

from typing import Any

import tvm

from viz.ir.labels import dtype, short, type_key
from viz.model import Function, Parameter
from viz.runtime.analysis.sizes import variables
from viz.runtime.analysis.written import handle, written_variables
from viz.text import Span


def describe(
    name: str,
    function: Any,
    span: Span | None,
    *,
    bound: bool,
    mod: tvm.IRModule | None = None,
) -> Function:
    """Return a PrimFunc's parameters as plain data.

    Parameters
    ----------
    span
        Where the user's text names the function.
    bound
        Whether one of its loops is bound to GPU threads.
    mod
        The module of the function, whose other functions it may call.
    """
    written = written_variables(function, mod)
    parameters = []
    for param in function.params:
        if type_key(param.ty) != "tirx.BufferType":
            parameters.append(Parameter(name=str(param.name), dtype=dtype(param.ty)))
            continue
        parameters.append(
            Parameter(
                name=str(param.name),
                dtype=dtype(param.ty.dtype),
                shape=tuple(short(extent) for extent in param.ty.shape),
                written=handle(param) in written,
                symbols=tuple(
                    dict.fromkeys(
                        str(v.name) for extent in param.ty.shape for v in variables(extent)
                    )
                ),
            )
        )
    return Function(name=name, parameters=tuple(parameters), span=span, bound=bound)

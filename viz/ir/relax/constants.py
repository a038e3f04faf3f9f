"""Replace the constant arrays of a Relax module: a text has no place for their values."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import tvm
import tvm_ffi
from tvm import relax

from viz.errors import ExportError
from viz.ir.mutation import mutate
from viz.messages import message_of

_PRINTED = {"bool", "float16", "float32", "float64", "int8", "int16", "int32", "int64"}


class WithoutArrays(NamedTuple):
    """A module that a text can have, and the names of the parameters that were arrays."""

    mod: tvm.IRModule
    lifted: tuple[str, ...]


def without_arrays(mod: tvm.IRModule, *, written_out: bool = False) -> WithoutArrays:
    """Return a module whose constant arrays are parameters of their function.

    A constant of one value stays, written as ``R.const(2.0, "float32")``; where TVM prints none of
    its type it is cast from float32. The new parameters stand behind all others, one for each
    array.

    Parameters
    ----------
    written_out
        Whether an array whose elements are alike or count up becomes ``R.full`` or ``R.arange``.

    Raises
    ------
    ExportError
        When a function that others call holds an array: they would have to pass it.
    """
    called = {name for function in mod.functions.values() for name in _called(function)}
    changed: dict[Any, Any] = {}
    names: list[str] = []
    for variable, function in mod.functions.items():
        if not isinstance(function, relax.Function):
            continue
        lifted: dict[Any, relax.Var] = {}
        replace = _replacement(lifted, written_out=written_out)
        body = mutate(function.body, [(tvm.ir.GenericConst, replace)])
        if body.same_as(function.body):
            continue
        if lifted and str(variable.name_hint) in called:
            raise ExportError(message_of("export-inner-constant", function=str(variable.name_hint)))
        names += [str(each.name) for each in lifted.values()]
        changed[variable] = relax.Function(
            [*function.params, *lifted.values()],
            body,
            function.ret_ty,
            function.is_pure,
            function.attrs,
        )
    if not changed:
        return WithoutArrays(mod, ())
    functions = dict(mod.functions.items()) | changed
    return WithoutArrays(tvm.IRModule(functions, attrs=mod.attrs), tuple(names))


def _replacement(lifted: dict[Any, relax.Var], *, written_out: bool) -> Any:
    def replaced(constant: Any, _: Any) -> Any:
        if not getattr(constant.value, "shape", ()):
            is_printed = str(constant.value.dtype) in _PRINTED
            return constant if is_printed else _scalar(constant.value.numpy())
        if written_out and (expression := _expression(constant.value.numpy())) is not None:
            return expression
        if constant not in lifted:
            lifted[constant] = relax.Var(f"constant_{len(lifted)}", constant.ty)
        return lifted[constant]

    return replaced


def _expression(values: np.ndarray[Any, Any]) -> Any:
    """Return a call for an array of values that are alike or count up; else None."""
    if not values.size:
        return None
    first, dtype = values.reshape(-1)[0], str(values.dtype)
    if np.all(values == first):
        return relax.op.full(values.shape, _scalar(first), dtype)
    if dtype == "int64" and values.ndim == 1 and np.all(np.diff(values) == 1):
        return relax.op.arange(int(first), int(first) + len(values), 1, "int64")
    return None


def _scalar(value: Any) -> Any:
    """Return a constant of one value, cast from a type whose constants TVM prints."""
    dtype, number = str(value.dtype), value.item()
    if dtype in _PRINTED:
        return relax.const(number, dtype)
    return relax.op.astype(
        relax.const(number, "int64" if value.dtype.kind in "iu" else "float32"), dtype
    )


def _called(function: Any) -> set[str]:
    """Return the names of the functions of the module that a function mentions."""
    names: set[str] = set()

    def note(variable: Any) -> None:
        names.add(str(variable.name_hint))

    tvm_ffi.structural_walk(function, [(tvm.ir.GlobalVar, note)])
    return names

"""Make inputs of the arrays that a Relax module holds: a text has no place for their values."""

from __future__ import annotations

from typing import Any

import tvm
import tvm_ffi
from tvm import relax

from viz.errors import ExportError
from viz.ir.mutation import mutate
from viz.messages import message_of


def constants_as_inputs(mod: tvm.IRModule) -> tuple[tvm.IRModule, int]:
    """Return a module whose constant arrays are parameters of their function, and their number.

    A constant of one value stays: it is written as ``R.const(2.0, "float32")``. The new parameters
    stand behind all others, one for each array.

    Raises
    ------
    ExportError
        When a function that others call holds an array: they would have to pass it.
    """
    called = {name for function in mod.functions.values() for name in _called(function)}
    changed: dict[Any, Any] = {}
    count = 0
    for variable, function in mod.functions.items():
        if not isinstance(function, relax.Function):
            continue
        lifted: dict[Any, relax.Var] = {}
        body = mutate(function.body, [(tvm.ir.GenericConst, _lift(lifted))])
        if not lifted:
            continue
        if str(variable.name_hint) in called:
            raise ExportError(message_of("export-inner-constant", function=str(variable.name_hint)))
        count += len(lifted)
        changed[variable] = relax.Function(
            [*function.params, *lifted.values()],
            body,
            function.ret_ty,
            function.is_pure,
            function.attrs,
        )
    if not changed:
        return mod, 0
    return tvm.IRModule(dict(mod.functions.items()) | changed, attrs=mod.attrs), count


def _lift(lifted: dict[Any, relax.Var]) -> Any:
    def lift(constant: Any, _: Any) -> Any:
        if not getattr(constant.value, "shape", ()):
            return constant
        if constant not in lifted:
            lifted[constant] = relax.Var(f"constant_{len(lifted)}", constant.ty)
        return lifted[constant]

    return lift


def _called(function: Any) -> set[str]:
    """Return the names of the functions of the module that a function mentions."""
    names: set[str] = set()

    def note(variable: Any) -> None:
        names.add(str(variable.name_hint))

    tvm_ffi.structural_walk(function, [(tvm.ir.GlobalVar, note)])
    return names

"""Make one parameter of a weight that a model has by several names."""

from __future__ import annotations

from collections.abc import Iterable

import tvm
from tvm import relax

from viz.ir.functions import relax_functions

Names = tuple[str, ...]


def names_of_one(weights: Iterable[tuple[str, object]]) -> tuple[Names, ...]:
    """Return the names of each weight that has several, in their order."""
    names: dict[int, list[str]] = {}
    for name, weight in weights:
        names.setdefault(id(weight), []).append(name)
    return tuple(tuple(each) for each in names.values() if len(each) > 1)


def once(mod: tvm.IRModule, shared: Iterable[Names]) -> tvm.IRModule:
    """Return a module whose functions have such a weight once, by its first name."""
    changed: dict[str, relax.Function] = {}
    for name, function in relax_functions(mod).items():
        parameters = {str(parameter.name): parameter for parameter in function.params}
        first: dict[relax.Var, relax.Var] = {}
        for names in shared:
            own = [parameters[each] for each in names if each in parameters]
            first |= {other: own[0] for other in own[1:]}
        if first:
            changed[name] = function.bind_params(first)
    if not changed:
        return mod
    functions = {v: changed.get(str(v.name_hint), f) for v, f in mod.functions.items()}
    return tvm.IRModule(functions, attrs=mod.attrs)

"""Read the memory plan of a build: which tensors share storage, and from which call to which."""

from __future__ import annotations

from typing import Any

import tvm
from tvm import ir, relax

from viz.ir.functions import is_relax
from viz.ir.labels import operator, short
from viz.ir.reflection import elements
from viz.model import PLANNING, MemoryPlan, PlannedTensor, SharedStorage
from viz.passes.recording import Recording
from viz.passes.relax.bindings import Bound, arguments, bindings, kernel_of

STORAGE, IN_STORAGE, UNPLANNED = (
    "relax.memory.alloc_storage",
    "relax.memory.alloc_tensor",
    "relax.builtin.alloc_tensor",
)


def memory_plans(recording: Recording) -> tuple[MemoryPlan, ...]:
    """Return the plan of each Relax function, by name; nothing where no memory was planned."""
    planned = next((step.after for step in recording.steps if step.name == PLANNING), None)
    if planned is None:
        return ()
    functions = sorted(planned.functions.items(), key=lambda item: str(item[0].name_hint))
    return tuple(_plan(str(v.name_hint), f) for v, f in functions if is_relax(f))


def _plan(name: str, function: relax.Function) -> MemoryPlan:
    """Return the plan of a function; time is counted in its calls of kernels, from 0."""
    bound = list(bindings(function.body))
    calls = [each for each in bound if kernel_of(each.value)]
    uses = _uses(bound, calls, function)
    storages: dict[int, tuple[str, list[PlannedTensor]]] = {}
    for variable, value in bound:
        handle = variable.__chandle__()
        if operator(value) == STORAGE:
            storages[handle] = _size(value.args[0]), []
        elif operator(value) == IN_STORAGE and value.args[0].__chandle__() in storages:
            tensor = _tensor(variable, value.args[2], uses.get(handle, []), len(calls))
            storages[value.args[0].__chandle__()][1].append(tensor)
        elif operator(value) == UNPLANNED:
            tensor = _tensor(variable, value.args[0], uses.get(handle, []), len(calls))
            storages[handle] = "", [tensor]
    return MemoryPlan(
        function=name,
        calls=tuple(kernel_of(each.value) for each in calls),
        storages=tuple(
            SharedStorage(size=size, tensors=tuple(tensors)) for size, tensors in storages.values()
        ),
    )


def _uses(bound: list[Bound], calls: list[Bound], function: relax.Function) -> dict[int, list[int]]:
    """Return the numbers of the calls that use each tensor, by its handle.

    A tensor has other names too: of its own, and as part of a tuple. One that the function returns
    is used to the end.
    """
    number = {each.variable.__chandle__(): i for i, each in enumerate(calls)}
    named: dict[int, set[int]] = {}

    def tensors(obj: Any) -> set[int]:
        handle: int = obj.__chandle__()
        return named.get(handle, {handle})

    uses: dict[int, list[int]] = {}
    for variable, value in bound:
        handle = variable.__chandle__()
        if isinstance(value, ir.Var):
            named[handle] = tensors(value)
        elif isinstance(value, ir.Tuple):
            named[handle] = set().union(*map(tensors, elements(value.fields)))
        elif isinstance(value, ir.TupleGetItem):
            named[handle] = tensors(value.tuple_value)
        elif handle in number:
            for argument in arguments(value):
                for tensor in tensors(argument):
                    uses.setdefault(tensor, []).append(number[handle])
        elif isinstance(value, ir.Call) and operator(value) == "relax.reshape":
            named[handle] = tensors(value.args[0])
    for tensor in tensors(function.body.body):
        uses.setdefault(tensor, []).append(len(calls))
    return uses


def _tensor(variable: Any, shape: Any, uses: list[int], end: int) -> PlannedTensor:
    return PlannedTensor(
        name=str(variable.name),
        shape=_size(shape),
        dtype=str(getattr(variable.ty, "dtype", "") or ""),
        first=min(uses, default=0),
        last=max(uses, default=0),
        returned=end in uses,
    )


def _size(shape: tvm.relax.Expr) -> str:
    values = getattr(shape, "values", None)
    return "?" if values is None else " × ".join(map(short, elements(values)))

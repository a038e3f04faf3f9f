"""Say which calls of kernels a Relax function makes, and which is given the results of which.

The calls are those of the module that the codegen of the virtual machine gets: there each kernel
is given the memory that it writes. So a call depends on those that wrote what it is given last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tvm import ir, tirx

from viz.ir.functions import prim_funcs, relax_functions
from viz.ir.reflection import elements
from viz.model import CallGraph, KernelCall
from viz.passes.relax.bindings import arguments, bindings
from viz.passes.relax.calls import CallOfKernel, RelaxCalls, makes_room
from viz.runtime.analysis.written import handle, written_variables

Tensors = frozenset[int]
"""Handles of the variables that name pieces of memory."""


def call_graphs(found: RelaxCalls, places: Mapping[str, int]) -> tuple[CallGraph, ...]:
    """Return the calls of each Relax function that calls kernels.

    Parameters
    ----------
    places
        The places of the kernels in the list of them, by name; other calls are left out.
    """
    if found.last is None:
        return ()
    written = {
        str(variable.name_hint): _written(function)
        for variable, function in prim_funcs(found.last).functions.items()
    }
    counts = dict.fromkeys(places, 0)
    graphs = []
    # The sites of a kernel are in the order of these calls.
    for name, calls in found.called.items():
        sites = []
        for each in calls:
            if each.name in counts:
                sites.append((each, counts[each.name]))
                counts[each.name] += 1
        if sites:
            function = relax_functions(found.last)[name]
            inputs = _inputs(function, [each for each, _ in sites], written)
            made = tuple(
                KernelCall(places[each.name], site, given)
                for (each, site), given in zip(sites, inputs, strict=True)
            )
            graphs.append(CallGraph(function=name, calls=made))
    return tuple(graphs)


def _written(function: tirx.PrimFunc) -> tuple[bool, ...]:
    """Return of each parameter whether the function writes it."""
    variables = written_variables(function)
    return tuple(handle(parameter) in variables for parameter in function.params)


def _inputs(
    function: Any, calls: list[CallOfKernel], written: Mapping[str, tuple[bool, ...]]
) -> list[tuple[int, ...]]:
    """Return of each call the numbers of those whose results it is given."""
    kernels = {each.bound.variable.__chandle__(): each.name for each in calls}
    named: dict[int, Tensors] = {}
    writers: dict[int, int] = {}
    inputs: list[tuple[int, ...]] = []

    def tensors(value: Any) -> Tensors:
        """Return the memory behind a value: a view of a tensor and a tuple have that of others."""
        if isinstance(value, ir.Var):
            return named.get(value.__chandle__(), frozenset((value.__chandle__(),)))
        if isinstance(value, ir.Tuple):
            return frozenset().union(*map(tensors, elements(value.fields)))
        if isinstance(value, ir.TupleGetItem):
            return tensors(value.tuple_value)
        if isinstance(value, ir.Call):
            return frozenset().union(*map(tensors, arguments(value)))
        return frozenset()

    for variable, value in bindings(function.body):
        name = kernels.get(variable.__chandle__())
        if name is None:
            if not makes_room(value):
                named[variable.__chandle__()] = tensors(value)
            continue
        given = [tensors(each) for each in arguments(value)]
        before = {writers[tensor] for each in given for tensor in each if tensor in writers}
        for each, is_written in zip(given, written[name], strict=False):
            if is_written:
                writers.update(dict.fromkeys(each, len(inputs)))
        inputs.append(tuple(sorted(before)))
    return inputs

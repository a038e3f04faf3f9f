"""Follow integers from the inputs of a Relax function to the indices of the kernels it calls.

What a kernel may do with an integer is known of PrimFuncs (:mod:`viz.runtime.analysis.steering`):
so the function is followed as Relax's pass ``LegalizeOps`` leaves it, when each operator is a call
of a PrimFunc. Bounds of what a call is given give bounds of what it returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import tvm
from tvm import ir, relax

from viz.errors import RunError
from viz.harness.arrays import CountsOutside
from viz.ir.functions import is_relax
from viz.ir.labels import operator
from viz.ir.reflection import elements
from viz.ir.relax_places import direct_bindings
from viz.passes.relax.bindings import CALLS_TIR, arguments, extents
from viz.runtime.analysis.sizes import extent_of, variables
from viz.runtime.analysis.steering import Bounds, Evaluated, Indexing, fitting_limits
from viz.runtime.analysis.written import handle

MOST_DEPTH = 4
"""Calls of Relax functions inside each other that are followed: one may call itself."""

MOST_CONSTANT = 1 << 16
"""Elements of a constant whose bounds are looked for."""


class Held(NamedTuple):
    """What is known of the elements of a tensor.

    Attributes
    ----------
    bounds
        Of integers; None where they are not known.
    inputs
        The names of the inputs that they depend on.
    """

    bounds: Bounds | None = None
    inputs: frozenset[str] = frozenset()


Value = Held | tuple[Any, ...]
"""What is known of a tensor, or of each value of a tuple."""

NOTHING = Held()


class RelaxIndexing(CountsOutside):
    """The indices of the kernels that a Relax function calls.

    Parameters
    ----------
    mod
        The module after ``LegalizeOps``.
    name
        The name of the function.
    inputs
        The names of the tensors of each parameter, nested as its tuples are; empty for others.
    sizes
        The values of the variables in shapes.
    """

    def __init__(
        self, mod: tvm.IRModule, name: str, inputs: Sequence[Any], sizes: Mapping[str, int]
    ) -> None:
        self._functions = {str(v.name_hint): f for v, f in mod.functions.items()}
        self._name, self._inputs, self._sizes = name, inputs, sizes
        self._indexing: dict[Any, Indexing] = {}
        self._known: dict[Any, Evaluated] = {}
        self._outside = 0
        self._steering: set[str] = set()

    def outside(self, scalars: Mapping[str, int], limits: Mapping[str, int]) -> int:
        """Return how many indices may lie outside of their dimensions.

        Parameters
        ----------
        scalars
            Values of scalars by name.
        limits
            The number above the elements of inputs, by their names; 1 for the others.
        """

        def held(names: Any) -> Value:
            if isinstance(names, tuple):
                return tuple(map(held, names))
            return Held((0, limits.get(names, 1) - 1), frozenset((names,))) if names else NOTHING

        self._outside = 0
        self._steering = set()
        self._function(self._name, [*map(held, self._inputs)], {**self._sizes, **scalars}, 0)
        return self._outside

    def limits(self, scalars: Mapping[str, int]) -> dict[str, int]:
        """Return, for each input whose integers are indices or bound loops, what fits.

        See :func:`viz.runtime.analysis.steering.fitting_limits`.
        """
        self.outside(scalars, {})
        return fitting_limits(self, sorted(self._steering), scalars)

    # ------------------------------------------------------------ values

    def _function(
        self, name: str, given: Sequence[Value], known: Mapping[str, int], depth: int
    ) -> Value:
        """Return what a function of the module returns."""
        function = self._functions.get(name)
        if function is None or not is_relax(function) or depth > MOST_DEPTH:
            return NOTHING
        values = {
            handle(param): value for param, value in zip(function.params, given, strict=False)
        }
        return self._sequence(function.body, values, known, depth)

    def _sequence(
        self, sequence: Any, values: dict[int, Value], known: Mapping[str, int], depth: int
    ) -> Value:
        for binding in direct_bindings(sequence):
            values[handle(binding.var)] = self._value(binding.value, values, known, depth)
        body = sequence.body if isinstance(sequence, relax.SeqExpr) else sequence
        return self._value(body, values, known, depth)

    def _value(
        self, node: Any, values: dict[int, Value], known: Mapping[str, int], depth: int
    ) -> Value:
        if isinstance(node, ir.Var):
            return values.get(handle(node), NOTHING)
        if isinstance(node, ir.Tuple):
            return tuple(self._value(each, values, known, depth) for each in elements(node.fields))
        if isinstance(node, ir.TupleGetItem):
            held = self._value(node.tuple_value, values, known, depth)
            return held[int(node.index)] if type(held) is tuple else NOTHING
        if isinstance(node, ir.GenericConst):
            return _constant(node)
        if isinstance(node, relax.If):
            branches = (node.true_branch, node.false_branch)
            return _either(*(self._sequence(each, values, known, depth) for each in branches))
        if not isinstance(node, ir.Call):
            return NOTHING
        is_kernel = operator(node) in CALLS_TIR
        passed = arguments(node) if is_kernel else elements(node.args)
        given = [self._value(each, values, known, depth) for each in passed]
        if is_kernel:
            return self._kernel(node, given, known)
        if isinstance(node.op, ir.GlobalVar):
            name = str(node.op.name_hint)
            function = self._functions.get(name)
            inner = sizes_inside(function.params if function else (), passed, known)
            return self._function(name, given, inner, depth + 1)
        return NOTHING

    def _kernel(self, call: Any, given: Sequence[Value], known: Mapping[str, int]) -> Value:
        """Return what a PrimFunc gives back, and count its indices that may lie outside."""
        kernel = self._functions.get(str(call.args[0].name_hint))
        if not isinstance(kernel, tvm.tirx.PrimFunc):
            return NOTHING
        sizes = sizes_inside(kernel.params, arguments(call), known)
        of_kernel = (handle(kernel), *sorted(sizes.items()))
        if of_kernel not in self._indexing:
            self._indexing[of_kernel] = Indexing(kernel, sizes)
        indexing = self._indexing[of_kernel]
        held = {
            handle(param): value
            for param, value in zip(kernel.params, given, strict=False)
            if isinstance(value, Held)
        }
        bounds = {buffer: value.bounds for buffer, value in held.items() if value.bounds}
        key = (of_kernel, *sorted(bounds.items()))
        if key not in self._known:
            self._known[key] = indexing.evaluated({}, bounds)
        self._outside += self._known[key].outside
        for buffer in indexing.steering & held.keys():
            self._steering |= held[buffer].inputs
        if operator(call) != CALLS_TIR[0]:  # it writes what it was given
            return NOTHING
        outputs = tuple(
            Held(
                self._known[key].stored.get(handle(param)),
                frozenset().union(
                    *(
                        held[source].inputs
                        for source in indexing.sources(handle(param)) & held.keys()
                    )
                ),
            )
            for param in kernel.params[len(given) :]
        )
        return outputs[0] if len(outputs) == 1 else outputs


def sizes_inside(
    parameters: Sequence[Any], given: Sequence[Any], known: Mapping[str, int]
) -> dict[str, int]:
    """Return the variables in the types of parameters, with what they are for these arguments."""
    found: dict[str, int] = {}
    for parameter, argument in zip(parameters, given, strict=False):
        if isinstance(parameter.ty, ir.PrimType):
            pairs = [(parameter, argument)]
        else:
            pairs = [*zip(extents(parameter.ty), extents(argument.ty), strict=False)]
        for extent, value in pairs:
            if isinstance(extent, ir.Var) and all(str(v.name) in known for v in variables(value)):
                try:
                    found.setdefault(str(extent.name), extent_of(value, known, ""))
                except RunError:  # no number, or none that can be computed
                    continue
    return found


def _constant(node: Any) -> Held:
    array = node.value.numpy() if isinstance(node.value, tvm.runtime.Tensor) else None
    if array is None or not 0 < array.size <= MOST_CONSTANT or array.dtype.kind not in "biu":
        return NOTHING
    return Held((int(array.min()), int(array.max())))


def _either(one: Value, other: Value) -> Value:
    """Return what is known of a value that is one of two."""
    if isinstance(one, Held) and isinstance(other, Held):
        inputs = one.inputs | other.inputs
        if one.bounds is None or other.bounds is None:
            return Held(None, inputs)
        low, high = zip(one.bounds, other.bounds, strict=True)
        return Held((min(low), max(high)), inputs)
    if type(one) is tuple and type(other) is tuple:
        return tuple(_either(*pair) for pair in zip(one, other, strict=False))
    return NOTHING

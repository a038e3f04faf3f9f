"""Choose integers that steer a program, so that its accesses lie inside its buffers.

A scalar that bounds a loop or shifts an index, and a buffer whose elements are indices, must fit
the shapes; integers made up by chance would blame the program for an access that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import tvm
import tvm_ffi
from tvm.sym import Analyzer, ConstIntBound

from viz.errors import TVM_ERRORS
from viz.harness.arrays import MOST_INTEGER
from viz.ir.labels import dtype, type_key
from viz.ir.walker import LEAVES, Occurrence, occurrences
from viz.runtime.analysis.sizes import buffers, variables
from viz.runtime.analysis.written import handle

MOST_NODES = 20_000
"""Nodes of a function that is looked at; integers of a larger one are made up freely."""


class IndexUse(NamedTuple):
    """An index: the expression, and the extent of the dimension that it is an index of."""

    index: Any
    extent: Any


class Indexing:
    """The loops and the indices of a PrimFunc, with the sizes of its buffers.

    An integer that is loaded from a buffer stands as a variable for any element of that buffer.
    """

    def __init__(self, function: Any, sizes: Mapping[str, int]) -> None:
        nodes = occurrences(function)
        nodes = nodes if len(nodes) <= MOST_NODES else []
        self._integers = {
            handle(param) for param in buffers(function) if "int" in dtype(param.ty.dtype)
        }
        self._sizes = sizes
        self._elements: dict[str, Any] = {}
        # By object, since a loop may have the name of a parameter.
        self._variables = [
            variable
            for param in function.params
            for variable in (
                [param] if type_key(param.ty) == "ir.PrimType" else variables(param.ty)
            )
        ]
        self._uses = [*self._found_uses(nodes)]
        self._bindings = [*self._found_bindings(nodes)]

    def outside(self, scalars: Mapping[str, int], limits: Mapping[str, int]) -> int:
        """Return how many indices may lie outside of their dimensions.

        Parameters
        ----------
        scalars
            Values of scalars by name.
        limits
            The number above the elements of buffers, by the buffers' names; 1 for the others.
        """
        try:
            analyzer = self._analyzer({**self._sizes, **scalars}, limits)
            return sum(_is_outside(analyzer, use) for use in self._uses)
        except TVM_ERRORS:
            return 0  # nothing can be told, whatever the integers are

    def _analyzer(self, known: Mapping[str, int], limits: Mapping[str, int]) -> Any:
        analyzer = Analyzer()
        for variable in self._variables:
            if (name := str(variable.name)) in known and "int" in dtype(variable.ty):
                number = tvm.tirx.IntImm(dtype(variable.ty), known[name])
                analyzer.bind(variable, number, allow_override=True)
        for name, element in self._elements.items():
            analyzer.bind(element, tvm.ir.Range(0, limits.get(name, 1)))
        for variable, value in self._bindings:
            analyzer.bind(variable, value, allow_override=True)
        return analyzer

    def element_limits(self, scalars: Mapping[str, int]) -> dict[str, int]:
        """Return, for each integer buffer that is loaded for an index or a loop, what fits.

        That is the largest number, up to one above :data:`MOST_INTEGER`, below which its elements
        may be so that no more indices lie outside than with zeros.
        """
        limits: dict[str, int] = {}
        fewest = self.outside(scalars, {}) if self._elements else 0
        for name in self._elements:
            limits[name] = next(
                limit
                for limit in range(MOST_INTEGER + 1, 0, -1)
                if self.outside(scalars, {name: limit}) <= fewest
            )
        return limits

    def _found_uses(self, nodes: list[Occurrence]) -> Iterator[IndexUse]:
        for node in nodes:
            key = type_key(node.obj)
            if key == "tirx.BufferStore":
                buffer = node.obj.buffer
            elif key == "ir.TensorLoad":
                buffer = node.obj.source
            else:
                continue
            shape = getattr(buffer.ty, "shape", ())
            for index, extent in zip(node.obj.indices, shape, strict=False):
                yield IndexUse(self._without_loads(index), extent)

    def _found_bindings(self, nodes: list[Occurrence]) -> Iterator[tuple[Any, Any]]:
        """Yield the variables of loops and blocks, with their ranges or values."""
        for node in nodes:
            key = type_key(node.obj)
            if key == "tirx.For":
                least, extent = map(self._without_loads, (node.obj.min, node.obj.extent))
                yield node.obj.loop_var, tvm.ir.Range.from_min_extent(least, extent)
            elif key == "s_tir.SBlockRealize":
                pairs = zip(node.obj.block.iter_vars, node.obj.iter_values, strict=True)
                for iterator, value in pairs:
                    yield iterator.var, self._without_loads(value)

    def _without_loads(self, expression: Any) -> Any:
        def load(node: Any) -> Any:
            if handle(node.source) not in self._integers:
                return node
            name = str(node.source.name)
            if name not in self._elements:
                self._elements[name] = tvm.tirx.Var(name, dtype(node.ty))
            return self._elements[name]

        if expression.__class__ in LEAVES:
            return expression
        return tvm_ffi.structural_map(expression, [(tvm.ir.TensorLoad, load)])


def _is_outside(analyzer: Any, use: IndexUse) -> bool:
    bounds = analyzer.const_int_bound(use.index)
    extent = analyzer.const_int_bound(use.extent)
    if bounds.max_value >= ConstIntBound.POS_INF or bounds.min_value <= ConstIntBound.NEG_INF:
        return False  # it depends on what is not known, such as a thread
    return bool(bounds.min_value < 0 or bounds.max_value >= extent.min_value)

"""Choose integers that steer a program of 2024, so that its accesses lie inside its buffers.

As :mod:`viz.runtime.analysis.steering` does for today's, with the same numbers for the same
program: a scalar that bounds a loop or shifts an index, and a buffer whose elements are indices,
must fit the shapes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import tvm
from tvm import tir
from tvm.arith import Analyzer

from viz.errors import TVM_ERRORS
from viz.harness.arrays import MOST_INTEGER
from viz.legacy.functions import variables_in
from viz.legacy.reflection import handle_of

MOST_NODES = 20_000
"""Nodes of a function that is looked at; integers of a larger one are made up freely."""

POSITIVE_INFINITY = (1 << 63) - 1
"""What a bound is that nothing is known of, and its negative."""


class _IndexUse(NamedTuple):
    """An index: the expression, and the extent of the dimension that it is an index of."""

    index: Any
    extent: Any


class LegacyIndexing:
    """The loops and the indices of a PrimFunc, with the sizes of its buffers.

    An integer that is loaded from a buffer stands as a variable for any element of that buffer.
    """

    def __init__(self, function: Any, sizes: Mapping[str, int]) -> None:
        nodes: list[Any] = []
        tir.stmt_functor.post_order_visit(function.body, nodes.append)
        nodes = nodes if len(nodes) <= MOST_NODES else []
        buffers = list(function.buffer_map.values())
        self._integers = {handle_of(b.data) for b in buffers if "int" in str(b.dtype)}
        self._sizes = sizes
        self._elements: dict[str, Any] = {}
        # By object, since a loop may have the name of a parameter.
        self._variables = [each for each in function.params if str(each.dtype) != "handle"]
        for buffer in buffers:
            for part in (*buffer.shape, *buffer.strides):
                self._variables += variables_in(part)
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

    def element_limits(self, scalars: Mapping[str, int]) -> dict[str, int]:
        """Return, for each integer buffer that is loaded for an index or a loop, what fits."""
        limits: dict[str, int] = {}
        fewest = self.outside(scalars, {}) if self._elements else 0
        for name in self._elements:
            limits[name] = next(
                limit
                for limit in range(MOST_INTEGER + 1, 0, -1)
                if self.outside(scalars, {name: limit}) <= fewest
            )
        return limits

    def _analyzer(self, known: Mapping[str, int], limits: Mapping[str, int]) -> Any:
        analyzer = Analyzer()
        for variable in self._variables:
            if (name := str(variable.name)) in known and "int" in str(variable.dtype):
                analyzer.bind(variable, tir.IntImm(str(variable.dtype), known[name]))
        for name, element in self._elements.items():
            analyzer.bind(element, tvm.ir.Range(0, limits.get(name, 1)))
        for variable, value in self._bindings:
            analyzer.bind(variable, value)
        return analyzer

    def _found_uses(self, nodes: list[Any]) -> Iterator[_IndexUse]:
        for node in nodes:
            if isinstance(node, tir.BufferStore | tir.BufferLoad):
                for index, extent in zip(node.indices, node.buffer.shape, strict=False):
                    yield _IndexUse(self._without_loads(index), extent)

    def _found_bindings(self, nodes: list[Any]) -> Iterator[tuple[Any, Any]]:
        """Yield the variables of loops and blocks, with their ranges or values."""
        for node in reversed(nodes):  # what stands around something is visited after it
            if isinstance(node, tir.For):
                least, extent = map(self._without_loads, (node.min, node.extent))
                yield node.loop_var, tvm.ir.Range.from_min_extent(least, extent)
            elif isinstance(node, tir.BlockRealize):
                for iterator, value in zip(node.block.iter_vars, node.iter_values, strict=True):
                    yield iterator.var, self._without_loads(value)

    def _without_loads(self, expression: Any) -> Any:
        def load(node: Any) -> Any:
            if handle_of(node.buffer.data) not in self._integers:
                return node
            name = str(node.buffer.name)
            if name not in self._elements:
                self._elements[name] = tir.Var(name, str(node.dtype))
            return self._elements[name]

        statement = tir.Evaluate(expression)
        return tir.stmt_functor.ir_transform(
            statement, lambda node: None, load, ["tir.BufferLoad"]
        ).value


def _is_outside(analyzer: Any, use: _IndexUse) -> bool:
    bounds = analyzer.const_int_bound(use.index)
    extent = analyzer.const_int_bound(use.extent)
    if bounds.max_value >= POSITIVE_INFINITY or bounds.min_value <= -POSITIVE_INFINITY:
        return False  # it depends on what is not known, such as a thread
    return bool(bounds.min_value < 0 or bounds.max_value >= extent.min_value)

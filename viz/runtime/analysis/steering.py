"""Choose integers that steer a program, so that its accesses lie inside its buffers.

A scalar that bounds a loop or shifts an index, and a buffer whose elements are indices, must fit
the shapes; integers made up by chance would blame the program for an access that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import tvm
import tvm_ffi
from tvm.sym import Analyzer, ConstIntBound

from viz.errors import TVM_ERRORS
from viz.harness.arrays import MOST_INTEGER, CountsOutside
from viz.ir.labels import dtype, operator, type_key
from viz.ir.walker import LEAVES, Occurrence, occurrences
from viz.runtime.analysis.sizes import buffers, given_variables
from viz.runtime.analysis.written import handle

MOST_NODES = 20_000
"""Nodes of a function that is looked at; integers of a larger one are made up freely."""


class IndexUse(NamedTuple):
    """An index: the expression, and the extent of the dimension that it is an index of."""

    index: Any
    extent: Any
    loaded: frozenset[int]
    """The handles of the buffers that it is loaded from."""


class BoundVariable(NamedTuple):
    """A variable of a loop or a block, and its range or value."""

    variable: Any
    value: Any


class StoredInteger(NamedTuple):
    """What a statement stores to a buffer of integers, whose handle is ``buffer``."""

    buffer: int
    value: Any


Bounds = tuple[int, int]
"""The lowest and the highest of the integers that a buffer may hold."""


class Evaluated(NamedTuple):
    """What is known of a PrimFunc with bounds of the integers in its buffers.

    Attributes
    ----------
    outside
        How many indices may lie outside of their dimensions.
    stored
        Bounds of what it stores, by the handles of buffers; without those of which none are known.
    """

    outside: int
    stored: Mapping[int, Bounds]


class Indexing:
    """The loops and the indices of a PrimFunc, with the sizes of its buffers.

    An integer that is loaded from a buffer stands as a variable for any element of that buffer.
    """

    def __init__(self, function: Any, sizes: Mapping[str, int]) -> None:
        nodes = occurrences(function)
        nodes = nodes if len(nodes) <= MOST_NODES else []
        self._parameters = {
            handle(param): str(param.name)
            for param in buffers(function)
            if "int" in dtype(param.ty.dtype)
        }
        self._sizes = sizes
        self._elements: dict[int, Any] = {}
        # By object, since a loop may have the name of a parameter.
        self._variables = given_variables(function)
        self._loaded_early: set[int] = set()
        """Buffers that are loaded before their last store: nobody knows which of them it was."""
        self._sources: dict[int, set[int]] = {}
        """The buffers whose elements reach what is stored to a buffer."""
        self._uses = [*self._found_uses(nodes)]
        self._of_loops: set[int] = set()
        self._steps = [*self._found_steps(nodes)]
        used = self._of_loops.union(*(use.loaded for use in self._uses))
        self.steering = used.union(*map(self.sources, used))
        """The handles of the buffers whose elements reach an index or bound a loop."""

    def sources(self, buffer: int) -> set[int]:
        """Return the handles of the buffers whose elements reach what is stored to one."""
        return self._sources.get(buffer, set())

    def outside(self, scalars: Mapping[str, int], limits: Mapping[str, int]) -> int:
        """Return how many indices may lie outside of their dimensions.

        Parameters
        ----------
        scalars
            Values of scalars by name.
        limits
            The number above the elements of buffers, by the buffers' names; 1 for the others.
        """
        bounds = {buffer: (0, limits.get(name, 1) - 1) for buffer, name in self._parameters.items()}
        return self.evaluated(scalars, bounds).outside

    def evaluated(self, scalars: Mapping[str, int], bounds: Mapping[int, Bounds]) -> Evaluated:
        """Return how many indices may lie outside of their dimensions, and what is stored.

        Parameters
        ----------
        scalars
            Values of scalars by name.
        bounds
            Those of the elements of buffers, by the buffers' handles. Of other buffers they follow
            from what is stored to them.
        """
        try:
            analyzer, stored = self._analyzer({**self._sizes, **scalars}, bounds)
            return Evaluated(sum(_is_outside(analyzer, use) for use in self._uses), stored)
        except TVM_ERRORS:
            return Evaluated(0, {})  # nothing can be told, whatever the integers are

    def _analyzer(
        self, known: Mapping[str, int], bounds: Mapping[int, Bounds]
    ) -> tuple[Any, dict[int, Bounds]]:
        analyzer = Analyzer()
        for variable in self._variables:
            if (name := str(variable.name)) in known and "int" in dtype(variable.ty):
                number = tvm.tirx.IntImm(dtype(variable.ty), known[name])
                analyzer.bind(variable, number, allow_override=True)
        for buffer, element in self._elements.items():
            if buffer in bounds:
                _bind(analyzer, element, bounds[buffer])
        stored: dict[int, Bounds | None] = {}
        for step in self._steps:
            if isinstance(step, BoundVariable):
                analyzer.bind(step.variable, step.value, allow_override=True)
                continue
            value = None if step.buffer in self._loaded_early else _bounds(analyzer, step.value)
            before = stored.get(step.buffer, value)
            both = value and before and (min(value[0], before[0]), max(value[1], before[1]))
            stored[step.buffer] = both
            if both and step.buffer in self._elements and step.buffer not in bounds:
                _bind(analyzer, self._elements[step.buffer], both)
        return analyzer, {buffer: known for buffer, known in stored.items() if known}

    def element_limits(self, scalars: Mapping[str, int]) -> dict[str, int]:
        """Return, for each integer buffer that is loaded for an index or a loop, what fits.

        That is the largest number, up to one above :data:`MOST_INTEGER`, below which its elements
        may be so that no more indices lie outside than with zeros.
        """
        names = [
            self._parameters[buffer]
            for buffer in self._elements
            if buffer in self._parameters and buffer in self.steering
        ]
        return fitting_limits(self, names, scalars)

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
                yield IndexUse(self._without_loads(index), extent, _loaded_by(index))

    def _found_steps(self, nodes: list[Occurrence]) -> Iterator[BoundVariable | StoredInteger]:
        """Yield what loops and blocks bind, and what is stored to buffers of integers, in order."""
        loaded: set[int] = set()
        for node in nodes:
            key = type_key(node.obj)
            if key == "tirx.For":
                for bound in (node.obj.min, node.obj.extent):
                    self._of_loops |= _loaded_by(bound)
                least, extent = map(self._without_loads, (node.obj.min, node.obj.extent))
                yield BoundVariable(node.obj.loop_var, tvm.ir.Range.from_min_extent(least, extent))
            elif key == "s_tir.SBlockRealize":
                pairs = zip(node.obj.block.iter_vars, node.obj.iter_values, strict=True)
                for iterator, value in pairs:
                    self._of_loops |= _loaded_by(value)
                    yield BoundVariable(iterator.var, self._without_loads(value))
            elif key == "tirx.BufferStore" and _is_whole(node.obj.buffer.ty.dtype):
                buffer = handle(node.obj.buffer)
                direct = _loaded_by(node.obj.value)
                if buffer in loaded | direct:
                    self._loaded_early.add(buffer)
                of_them = self._sources.setdefault(buffer, set())
                of_them |= direct.union(*map(self.sources, direct))
                yield StoredInteger(buffer, self._without_loads(node.obj.value))
            elif key == "ir.TensorLoad":
                loaded.add(handle(node.obj.source))

    def _without_loads(self, expression: Any) -> Any:
        def load(node: Any) -> Any:
            if not _is_whole(node.ty):
                return node
            buffer = handle(node.source)
            if buffer not in self._elements:
                self._elements[buffer] = tvm.tirx.Var(str(node.source.name), dtype(node.ty))
            return self._elements[buffer]

        def choice(node: Any) -> Any:
            # The analyser knows bounds of a Select, but none of a call.
            is_choice = operator(node) == "tirx.if_then_else"
            return tvm.tirx.Select(*node.args) if is_choice else node

        if expression.__class__ in LEAVES:
            return expression
        callbacks = [(tvm.ir.TensorLoad, load), (tvm.ir.Call, choice)]
        return tvm_ffi.structural_map(expression, callbacks)


def fitting_limits(
    indexing: CountsOutside, names: Sequence[str], scalars: Mapping[str, int]
) -> dict[str, int]:
    """Return the largest number for each name below which its elements may be.

    It is one above :data:`MOST_INTEGER` at most, and no more indices lie outside than with zeros.
    """
    fewest = indexing.outside(scalars, {}) if names else 0
    return {
        name: next(
            limit
            for limit in range(MOST_INTEGER + 1, 0, -1)
            if indexing.outside(scalars, {name: limit}) <= fewest
        )
        for name in names
    }


def _loaded_by(expression: Any) -> frozenset[int]:
    """Return the handles of the buffers that an expression loads integers from."""
    if expression.__class__ in LEAVES:
        return frozenset()
    return frozenset(
        handle(node.obj.source)
        for node in occurrences(expression)
        if type_key(node.obj) == "ir.TensorLoad" and _is_whole(node.obj.ty)
    )


def _is_whole(ty: Any) -> bool:
    """Whether the elements of a buffer are integers or truth values."""
    return "int" in dtype(ty) or dtype(ty) == "bool"


def _bind(analyzer: Any, element: Any, bounds: Bounds) -> None:
    low, high = bounds
    kind = dtype(element.ty)
    if low == high:  # what is known for sure decides conditions
        analyzer.bind(element, tvm.tirx.IntImm(kind, low), allow_override=True)
    elif kind != "bool":
        least, extent = (tvm.tirx.IntImm(kind, each) for each in (low, high - low + 1))
        analyzer.bind(element, tvm.ir.Range.from_min_extent(least, extent), allow_override=True)


def _bounds(analyzer: Any, value: Any) -> Bounds | None:
    """Return the bounds of an integer expression; None where one of them is not known."""
    found = [analyzer.const_int_bound(each) for each in (value, analyzer.simplify(value))]
    low, high = max(each.min_value for each in found), min(each.max_value for each in found)
    if low <= ConstIntBound.NEG_INF or high >= ConstIntBound.POS_INF:
        return None
    return int(low), int(high)


def _is_outside(analyzer: Any, use: IndexUse) -> bool:
    extent = analyzer.const_int_bound(use.extent)
    if not _is_beyond(analyzer.const_int_bound(use.index), extent):
        return False
    # What is loaded may cancel itself out, as in the rows and columns of one flat index.
    return not use.loaded or _is_beyond(
        analyzer.const_int_bound(analyzer.simplify(use.index)), extent
    )


def _is_beyond(bounds: Any, extent: Any) -> bool:
    if bounds.max_value >= ConstIntBound.POS_INF or bounds.min_value <= ConstIntBound.NEG_INF:
        return False  # it depends on what is not known, such as a thread
    return bool(bounds.min_value < 0 or bounds.max_value >= extent.min_value)

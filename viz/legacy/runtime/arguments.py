"""Make random inputs for a PrimFunc of 2024: sizes of its buffers, arrays and numbers.

They are drawn in the order of today's engine, so that both run on the same inputs.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from tvm import tir

from viz.errors import RequestError, RunError
from viz.harness.arrays import (
    MOST_ELEMENTS,
    Arguments,
    Array,
    fitting,
    is_range,
    random_array,
    strided,
)
from viz.harness.made_arrays import Filling
from viz.legacy.functions import variables_in
from viz.legacy.labels import short
from viz.legacy.reflection import handle_of
from viz.legacy.runtime.steering import LegacyIndexing
from viz.messages import message_of

DEFAULT_SIZE = 100
"""The default of a symbolic extent, as today's."""

FITTING_ELEMENTS = 1 << 22
"""Elements that all inputs together have at most for sizes that nobody chose."""

ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    tir.Add: operator.add,
    tir.Sub: operator.sub,
    tir.Mul: operator.mul,
    tir.FloorDiv: operator.floordiv,
    tir.Div: operator.floordiv,
    tir.FloorMod: operator.mod,
    tir.Mod: operator.mod,
    tir.Min: min,
    tir.Max: max,
}


def buffers_of(function: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name, the variable and the buffer of each parameter; None for a number's."""
    known = {handle_of(variable): buffer for variable, buffer in function.buffer_map.items()}
    for parameter in function.params:
        buffer = known.get(handle_of(parameter))
        yield str(parameter.name if buffer is None else buffer.name), parameter, buffer


def symbols(function: Any) -> list[str]:
    """Return the names of the variables in the shapes and strides of a PrimFunc's buffers."""
    found: dict[str, None] = {}
    for parts in ("shape", "strides"):
        for _, _, buffer in buffers_of(function):
            for part in getattr(buffer, parts, ()):
                found |= dict.fromkeys(str(variable.name) for variable in variables_in(part))
    return [*found]


def extents_of(function: Any) -> dict[str, list[str]]:
    """Return the variables that are a buffer's extents, by its name; empty for other extents."""
    return {
        name: [str(e.name) if isinstance(e, tir.Var) else "" for e in buffer.shape]
        for name, _, buffer in buffers_of(function)
        if buffer is not None
    }


def make(
    function: Any,
    seed: int,
    sizes: Mapping[str, int],
    ranges: Mapping[str, tuple[float, float]],
    filling: Filling = Filling(),
) -> Arguments:
    """Make inputs for a PrimFunc by dtype and shape, the same for the same seed.

    Buffers that are only written get random content too, so that an unwritten element is seen.

    Raises
    ------
    RequestError
        When the seed, a size or a range is out of bounds, or an array does not fit.
    RunError
        When a parameter is a bare pointer, an extent cannot be computed, or the inputs would have
        more than :data:`MOST_ELEMENTS`.
    """
    _require(seed, sizes, ranges)
    known = _chosen(function, sizes)
    generator = np.random.default_rng(seed)
    shapes = {
        name: _shape(name, buffer.shape, known)
        for name, _, buffer in buffers_of(function)
        if buffer is not None
    }
    filling.require_names(shapes)
    empty = next((name for name, shape in shapes.items() if 0 in shape), "")
    if empty:
        raise RunError(message_of("empty-buffer", buffer=empty))
    if sum(map(math.prod, shapes.values())) > MOST_ELEMENTS:
        raise RunError(message_of("inputs-too-large", most=MOST_ELEMENTS))
    # Numbers are drawn before arrays; what indexes or bounds something is made to fit.
    values: dict[str, Array | int | float] = {
        name: _number(generator, name, str(variable.dtype), known, ranges)
        for name, variable, buffer in buffers_of(function)
        if buffer is None
    }
    indexing = LegacyIndexing(function, known)
    drawn = {
        name: value
        for name, value in values.items()
        if isinstance(value, int) and name not in known and name not in ranges
    }
    values |= fitting(indexing, drawn)
    whole = {name: value for name, value in values.items() if isinstance(value, int)}
    limits = indexing.element_limits(whole)
    ranges = {name: (0, limit) for name, limit in limits.items()} | dict(ranges)
    for name, _, buffer in buffers_of(function):
        if buffer is not None:
            kind = str(buffer.dtype)
            array = filling.array(name, generator, kind, shapes[name], ranges.get(name))
            values[name] = strided(array, _shape(name, buffer.strides, known))
    ordered = {name: values[name] for name, _, _ in buffers_of(function)}
    return Arguments(ordered, known, ranges)


def _require(
    seed: int, sizes: Mapping[str, int], ranges: Mapping[str, tuple[float, float]]
) -> None:
    if seed < 0:
        raise RequestError(message_of("negative-seed", seed=seed))
    for name, bounds in ranges.items():
        if not is_range(bounds):
            raise RequestError(message_of("bad-range", name=name, bounds=str(bounds)))
    for name, size in sizes.items():
        if not isinstance(size, int) or not 0 < size < 1 << 31:
            raise RequestError(message_of("size-out-of-range", name=name, size=size))


def _chosen(function: Any, sizes: Mapping[str, int]) -> dict[str, int]:
    """Return a value for each variable in the shapes and strides of a PrimFunc's buffers."""
    names = symbols(function)
    free = [name for name in names if name not in sizes]
    for size in range(DEFAULT_SIZE, 0, -1):
        tried = {name: int(sizes.get(name, size)) for name in names}
        if not free or 0 < _elements(function, tried) <= FITTING_ELEMENTS:
            return tried | _compact(function, tried, sizes)
    return {name: int(sizes.get(name, DEFAULT_SIZE)) for name in names}


def _compact(function: Any, known: Mapping[str, int], sizes: Mapping[str, int]) -> dict[str, int]:
    """Return the variables that are strides alone, so that no two elements share a place."""
    found: dict[str, int] = {}
    buffers = [buffer for _, _, buffer in buffers_of(function) if buffer is not None]
    extents = {handle_of(v) for buffer in buffers for e in buffer.shape for v in variables_in(e)}
    for buffer in buffers:
        covered = 1
        for stride, extent in [*zip(buffer.strides, buffer.shape, strict=False)][::-1]:
            if isinstance(stride, tir.Var) and handle_of(stride) not in extents:
                found.setdefault(str(stride.name), int(sizes.get(str(stride.name), covered)))
            step = _value(stride, {**known, **found}) or 1
            covered = max(covered, step * max(1, _value(extent, known) or 1))
    return found


def _elements(function: Any, sizes: Mapping[str, int]) -> int:
    """Return how many elements all buffers have; 0 where that cannot be computed."""
    try:
        return sum(
            math.prod(_shape(name, buffer.shape, sizes))
            for name, _, buffer in buffers_of(function)
            if buffer is not None
        )
    except RunError:
        return 0


def _shape(name: str, extents: Any, sizes: Mapping[str, int]) -> tuple[int, ...]:
    values = []
    for extent in extents:
        value = _value(extent, sizes)
        if value is None or value < 0:
            raise RunError(message_of("extent-not-computed", buffer=name, extent=short(extent)))
        values.append(value)
    return tuple(values)


def _value(node: Any, sizes: Mapping[str, int]) -> int | None:
    """Return the value of an integer expression; None where it cannot be computed."""
    if isinstance(node, tir.IntImm):
        return int(node.value)
    if isinstance(node, tir.Var):
        return sizes.get(str(node.name))
    if isinstance(node, tir.Cast):
        return _value(node.value, sizes)
    compute = ARITHMETIC.get(type(node))
    if compute is None:
        return None
    parts = _value(node.a, sizes), _value(node.b, sizes)
    try:
        return None if None in parts else int(compute(*parts))
    except ZeroDivisionError:
        return None


def _number(
    generator: np.random.Generator,
    name: str,
    dtype: str,
    sizes: Mapping[str, int],
    ranges: Mapping[str, tuple[float, float]],
) -> int | float:
    if name in sizes:
        return sizes[name]
    if dtype == "handle":
        raise RunError(message_of("input-bare-pointer", name=name))
    value = random_array(generator, dtype, (), ranges.get(name))
    return float(value) if "float" in dtype else int(value)

"""Make random inputs for a PrimFunc's parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import numpy.typing as npt

from viz.errors import RequestError, RunError
from viz.ir.labels import dtype, type_key
from viz.messages import message_of
from viz.runtime.analysis.sizes import (
    MOST_ELEMENTS,
    buffers,
    choose,
    shape_of,
    strides_of,
)
from viz.runtime.analysis.steering import MOST_INTEGER, Indexing, fitting

Array = npt.NDArray[Any]


class Arguments(NamedTuple):
    """The arguments of one call.

    Attributes
    ----------
    values
        By parameter name: arrays for buffers, with the strides that the program declares, and
        numbers for scalars.
    sizes
        The values of the variables in the buffers' shapes and strides.
    ranges
        The ranges of random values by name, of those that do not have the default one.
    """

    values: dict[str, Array | int | float]
    sizes: dict[str, int]
    ranges: Mapping[str, tuple[float, float]] = {}


def make(
    function: Any,
    seed: int,
    sizes: Mapping[str, int],
    ranges: Mapping[str, tuple[float, float]],
) -> Arguments:
    """Make inputs for a PrimFunc: random by dtype and shape, the same for the same seed.

    Buffers that are only written get random content too, so that an unwritten element is seen.
    Floats are standard normal, integers 0 to 9, unless ``ranges`` bounds them by name: scalars are
    not 0, and integers that are used as indices fit (:mod:`viz.runtime.analysis.steering`).

    Raises
    ------
    RequestError
        When the seed, a size or a range is out of bounds.
    RunError
        When a parameter is a bare pointer, an extent cannot be computed, or the inputs would have
        more than :data:`MOST_ELEMENTS`.
    """
    if seed < 0:
        raise RequestError(message_of("negative-seed", seed=seed))
    for name, bounds in ranges.items():
        if not _is_range(bounds):
            raise RequestError(message_of("bad-range", name=name, bounds=str(bounds)))
    generator = np.random.default_rng(seed)
    known = choose(function, sizes)
    shapes = {str(param.name): shape_of(param, known) for param in buffers(function)}
    empty = next((name for name, shape in shapes.items() if 0 in shape), "")
    if empty:
        raise RunError(message_of("empty-buffer", buffer=empty))
    if sum(map(math.prod, shapes.values())) > MOST_ELEMENTS:
        raise RunError(
            message_of("inputs-too-large", most=MOST_ELEMENTS),
        )
    indexing = Indexing(function, known)
    scalars = {
        str(param.name): _scalar(generator, param, known, ranges)
        for param in function.params
        if type_key(param.ty) == "ir.PrimType"
    }
    drawn = {
        name: value
        for name, value in scalars.items()
        if isinstance(value, int) and name not in known and name not in ranges
    }
    scalars |= fitting(indexing, drawn)
    whole = {name: value for name, value in scalars.items() if isinstance(value, int)}
    limits = indexing.element_limits(whole)
    ranges = {name: (0, limit) for name, limit in limits.items()} | dict(ranges)
    values: dict[str, Array | int | float] = {}
    for param in function.params:
        name = str(param.name)
        if name in scalars:
            values[name] = scalars[name]
        elif name in shapes:
            array = _random(generator, dtype(param.ty.dtype), shapes[name], ranges.get(name))
            values[name] = _strided(array, strides_of(param, known))
        else:
            raise RunError(
                message_of("input-bare-pointer", name=name),
            )
    return Arguments(values, known, ranges)


def _strided(array: Array, strides: tuple[int, ...]) -> Array:
    """Return an array with other strides, in elements; the gaps between its rows hold zeros.

    Raises
    ------
    RunError
        When its memory would have more than :data:`MOST_ELEMENTS`.
    """
    wanted = tuple(stride * array.itemsize for stride in strides)
    if not wanted or wanted == array.strides or not array.size:
        return array
    span = 1 + sum((n - 1) * step for n, step in zip(array.shape, strides, strict=True))
    if span > MOST_ELEMENTS:
        raise RunError(
            message_of("input-span-too-large", most=MOST_ELEMENTS),
        )
    memory = np.zeros(span, array.dtype)
    placed = np.ndarray(array.shape, array.dtype, memory, 0, wanted)
    placed[...] = array
    return placed


def refill(arguments: Arguments, names: list[str], seed: int) -> Arguments:
    """Return the arguments with other content in the named buffers, in the same ranges.

    Integers and bools differ in every element. An element that a call leaves unchanged with both
    contents was not written.
    """
    generator = np.random.default_rng((seed, 1))
    values = dict(arguments.values)
    for name in names:
        old = np.asarray(values[name])
        if str(old.dtype) == "bool":
            new = np.logical_not(old)
        elif _is_integer(old.dtype):
            low, high = _bounds(arguments.ranges.get(name))
            new = (old.astype(np.int64) - low + 1) % max(high - low, 2) + low
        else:
            new = _random(generator, str(old.dtype), old.shape, arguments.ranges.get(name))
        # An operation on an array of rank 0 gives a scalar, which is no buffer.
        content = np.asarray(new).astype(old.dtype)
        values[name] = _strided(content, tuple(s // old.itemsize for s in old.strides))
    return arguments._replace(values=values)


# ---------------------------------------------------------------- random values


def numpy_dtype(name: str) -> np.dtype[Any]:
    """Return NumPy's dtype for TVM's name; the narrow floats come from ``ml_dtypes``.

    Raises
    ------
    RunError
        When there is none, or its elements are not whole bytes.
    """
    bits = re.search(r"\d+", name)
    if bits and int(bits[0]) % 8:
        raise RunError(
            message_of("input-not-bytes", name=name),
        )
    try:
        return np.dtype(getattr(ml_dtypes, name, name))
    except TypeError:
        raise RunError(message_of("no-numpy-dtype", name=name)) from None


def _random(
    generator: np.random.Generator,
    name: str,
    shape: tuple[int, ...],
    bounds: tuple[float, float] | None,
) -> Array:
    kind = numpy_dtype(name)
    if name == "bool":
        return generator.integers(0, 2, size=shape).astype(kind)
    if _is_integer(kind):
        low, high = _bounds(bounds)
        return generator.integers(low, high, size=shape, dtype=np.int64).astype(kind)
    if bounds is not None:
        return generator.uniform(*bounds, size=shape).astype(kind)
    return generator.standard_normal(shape).astype(kind)


def _is_integer(kind: np.dtype[Any]) -> bool:
    return np.issubdtype(kind, np.integer)


def _is_range(bounds: Any) -> bool:
    return (
        isinstance(bounds, tuple | list)
        and len(bounds) == 2
        and all(isinstance(bound, int | float) and math.isfinite(bound) for bound in bounds)
        and bounds[0] < bounds[1]
    )


def _bounds(bounds: tuple[float, float] | None) -> tuple[int, int]:
    low, high = bounds or (0, MOST_INTEGER + 1)
    return int(low), max(int(high), int(low) + 1)


def _scalar(
    generator: np.random.Generator,
    param: Any,
    sizes: dict[str, int],
    ranges: Mapping[str, tuple[float, float]],
) -> int | float:
    if str(param.name) in sizes:
        return sizes[str(param.name)]
    value = _random(generator, dtype(param.ty), (), ranges.get(str(param.name)))
    return float(value) if "float" in dtype(param.ty) else int(value)

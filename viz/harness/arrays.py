"""Make, refill and describe the arrays that programs run on."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import ml_dtypes
import numpy as np
import numpy.typing as npt

from viz.errors import RunError
from viz.messages import message_of

MOST_ELEMENTS = 1 << 26
"""Elements that all inputs together may have (256 MiB of float32)."""

MOST_INTEGER = 9
"""The largest random integer of a buffer or scalar that has no range."""

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


def random_array(
    generator: np.random.Generator,
    name: str,
    shape: tuple[int, ...],
    bounds: tuple[float, float] | None,
) -> Array:
    """Return random elements of TVM's dtype ``name``: of ``bounds``, else as its kind has them."""
    kind = numpy_dtype(name)
    if name == "bool":
        return generator.integers(0, 2, size=shape).astype(kind)
    if is_integer(kind):
        low, high = _bounds(bounds)
        return generator.integers(low, high, size=shape, dtype=np.int64).astype(kind)
    if bounds is not None:
        return generator.uniform(*bounds, size=shape).astype(kind)
    return generator.standard_normal(shape).astype(kind)


class CountsOutside(Protocol):
    """Tells how many indices of a program may lie outside of their dimensions."""

    def outside(self, scalars: Mapping[str, int], limits: Mapping[str, int]) -> int:
        """Return how many, for values of scalars and limits of buffers' elements by name."""


def fitting(indexing: CountsOutside, drawn: Mapping[str, int]) -> dict[str, int]:
    """Return integers near those drawn with which as few indices as possible lie outside.

    None is 0: a loop would not run, and a condition would be the exception.
    """
    values = {name: max(1, value) for name, value in drawn.items()}
    if not values:
        return values
    fewest = indexing.outside(dict.fromkeys(values, 1), {})
    for most in range(MOST_INTEGER, 1, -1):
        lowered = {name: min(value, most) for name, value in values.items()}
        if indexing.outside(lowered, {}) <= fewest:
            return lowered
    return dict.fromkeys(values, 1)


def strided(array: Array, strides: tuple[int, ...]) -> Array:
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
        elif is_integer(old.dtype):
            low, high = _bounds(arguments.ranges.get(name))
            new = (old.astype(np.int64) - low + 1) % max(high - low, 2) + low
        else:
            new = random_array(generator, str(old.dtype), old.shape, arguments.ranges.get(name))
        # An operation on an array of rank 0 gives a scalar, which is no buffer.
        content = np.asarray(new).astype(old.dtype)
        values[name] = strided(content, tuple(s // old.itemsize for s in old.strides))
    return arguments._replace(values=values)


def is_range(bounds: Any) -> bool:
    """Whether a value is a pair of finite numbers, the lower one first."""
    return (
        isinstance(bounds, tuple | list)
        and len(bounds) == 2
        and all(isinstance(bound, int | float) and math.isfinite(bound) for bound in bounds)
        and bounds[0] < bounds[1]
    )


def is_integer(kind: np.dtype[Any]) -> bool:
    """Whether the elements of a dtype are integers."""
    return np.issubdtype(kind, np.integer)


def _bounds(bounds: tuple[float, float] | None) -> tuple[int, int]:
    low, high = bounds or (0, MOST_INTEGER + 1)
    return int(low), max(int(high), int(low) + 1)

"""Fill arrays for a run: random, whole numbers, ones, a ramp, edge values; or those of files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from viz.errors import RequestError
from viz.harness.array_files import array_of_file, header_of_file
from viz.harness.arrays import Array, is_integer, numpy_dtype, random_array
from viz.messages import message_of
from viz.model import InputKind

WHOLE = (-4, 5)
"""The whole numbers of floats, low inclusive, high exclusive: sums of thousands stay exact."""

Bounds = tuple[float, float] | None


class Filling(NamedTuple):
    """What the buffers of a run hold before it."""

    kind: InputKind = "normal"
    """What those are made of that are no output; an output holds random elements, so that one
    which is not written is seen."""
    arrays: Mapping[str, bytes] = {}
    """Files in NumPy's format .npy by the names of the parameters; no archives."""
    outputs: frozenset[str] = frozenset()
    """The names of the outputs."""

    def array(
        self,
        name: str,
        generator: np.random.Generator,
        dtype: str,
        shape: tuple[int, ...],
        bounds: Bounds,
    ) -> Array:
        """Return what a buffer holds.

        Raises
        ------
        RequestError
            When its file cannot be read, or is of another dtype or shape.
        RunError
            When NumPy has no such dtype.
        """
        if name in self.arrays:
            return array_of_file(name, self.arrays[name], dtype, shape)
        kind: InputKind = "normal" if name in self.outputs else self.kind
        return made_array(kind, generator, dtype, shape, bounds)

    def sizes(self, shapes: Mapping[str, Sequence[str]]) -> dict[str, int]:
        """Return the variables in shapes that the arrays have a value for.

        Parameters
        ----------
        shapes
            For each buffer the variables that are its extents; empty for an extent that is none.

        Raises
        ------
        RequestError
            When a file cannot be read, or two arrays have different values for one.
        """
        found: dict[str, tuple[int, str]] = {}
        for name in (name for name in shapes if name in self.arrays):
            shape = header_of_file(name, self.arrays[name]).shape
            if len(shape) != len(shapes[name]):
                continue  # refused with both shapes later
            for symbol, other in zip(shapes[name], shape, strict=True):
                size, first = found.setdefault(symbol, (other, name))
                if symbol and size != other:
                    raise RequestError(
                        message_of(
                            "arrays-disagree",
                            symbol=symbol,
                            first=first,
                            size=size,
                            second=name,
                            other=other,
                        )
                    )
        return {symbol: size for symbol, (size, _) in found.items() if symbol}

    def require_names(self, names: Collection[str]) -> None:
        """Refuse arrays for what is no buffer.

        Raises
        ------
        RequestError
            With the first such name, and the buffers that there are.
        """
        for name in self.arrays:
            if name not in names:
                raise RequestError(message_of("array-of-nothing", name=name, known=tuple(names)))


def made_array(
    kind: InputKind,
    generator: np.random.Generator,
    dtype: str,
    shape: tuple[int, ...],
    bounds: Bounds,
) -> Array:
    """Return an array of TVM's dtype ``dtype``, filled as ``kind`` says.

    Parameters
    ----------
    bounds
        Low inclusive, high exclusive: what its elements must lie in, None for no matter what.

    Raises
    ------
    RunError
        When NumPy has no such dtype.
    """
    if kind == "normal" or dtype == "bool":
        return random_array(generator, dtype, shape, bounds)
    return _MAKERS[kind](generator, numpy_dtype(dtype), shape, bounds)


def _integers(
    generator: np.random.Generator, kind: np.dtype[Any], shape: tuple[int, ...], bounds: Bounds
) -> Array:
    if is_integer(kind):
        return random_array(generator, str(kind), shape, bounds)
    low, high = WHOLE if bounds is None else (np.ceil(bounds[0]), np.ceil(bounds[1]))
    whole = generator.integers(int(low), max(int(high), int(low) + 1), size=shape)
    return _within(whole, bounds).astype(kind)


def _ones(
    generator: np.random.Generator, kind: np.dtype[Any], shape: tuple[int, ...], bounds: Bounds
) -> Array:
    return _within(np.ones(shape), bounds).astype(kind)


def _ramp(
    generator: np.random.Generator, kind: np.dtype[Any], shape: tuple[int, ...], bounds: Bounds
) -> Array:
    """Return the elements' numbers; beyond what the dtype counts exactly they begin again."""
    numbers = np.arange(int(np.prod(shape, dtype=np.int64)), dtype=np.int64).reshape(shape)
    if bounds is not None:
        low, high = bounds
        steps = max(int(high - low), 1) if is_integer(kind) else numbers.size
        return (low + numbers % steps * ((high - low) / steps)).astype(kind)
    return (numbers % (_most_exact(kind) + 1)).astype(kind)


def _most_exact(kind: np.dtype[Any]) -> int:
    """Return the largest whole number up to which a dtype has all of them."""
    if is_integer(kind):
        return int(min(np.iinfo(kind).max, 2**62))
    return int(2 ** (ml_dtypes.finfo(kind).nmant + 1))


def _edges(
    generator: np.random.Generator, kind: np.dtype[Any], shape: tuple[int, ...], bounds: Bounds
) -> Array:
    values: list[Any]
    if is_integer(kind):
        low, high = bounds or (np.iinfo(kind).min, int(np.iinfo(kind).max) + 1)
        values = [each for each in (int(low), 0, 1, int(high) - 1) if low <= each < high]
    elif bounds is not None:
        values = [bounds[0], np.nextafter(bounds[1], bounds[0])]
    else:
        info = ml_dtypes.finfo(kind)
        tiny, least, most = float(info.tiny), float(info.smallest_subnormal), float(info.max)
        values = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, tiny, -tiny, least, most, -most]
    count = int(np.prod(shape, dtype=np.int64))
    with np.errstate(over="ignore", invalid="ignore"):
        chosen = np.array(values, object if is_integer(kind) else np.float64).astype(kind)
    return np.resize(chosen, count).reshape(shape)


def _within(values: Array, bounds: Bounds) -> Array:
    return (
        values if bounds is None else np.clip(values, bounds[0], np.nextafter(bounds[1], -np.inf))
    )


_MAKERS: dict[InputKind, Callable[..., Array]] = {
    "integers": _integers,
    "ones": _ones,
    "ramp": _ramp,
    "edges": _edges,
}

"""Make random inputs for a PrimFunc's parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

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
from viz.harness.comparison import HEAD, finite
from viz.harness.made_arrays import Filling
from viz.ir.labels import dtype, type_key
from viz.messages import message_of
from viz.model import Input
from viz.runtime.analysis.sizes import buffers, choose, shape_of, strides_of
from viz.runtime.analysis.steering import Indexing


def make(
    function: Any,
    seed: int,
    sizes: Mapping[str, int],
    ranges: Mapping[str, tuple[float, float]],
    filling: Filling = Filling(),
) -> Arguments:
    """Make inputs for a PrimFunc by dtype and shape, the same for the same seed.

    Buffers that are only written get random content too, so that an unwritten element is seen.
    Floats are standard normal, integers 0 to 9, unless ``ranges`` bounds them by name: scalars are
    not 0, and integers that are used as indices fit (:mod:`viz.runtime.analysis.steering`).

    Raises
    ------
    RequestError
        When the seed, a size or a range is out of bounds, or an array does not fit.
    RunError
        When a parameter is a bare pointer, an extent cannot be computed, or the inputs would have
        more than :data:`MOST_ELEMENTS`.
    """
    require_drawable(seed, ranges)
    generator = np.random.default_rng(seed)
    known = choose(function, sizes)
    shapes = {str(param.name): shape_of(param, known) for param in buffers(function)}
    filling.require_names(shapes)
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
            kind = dtype(param.ty.dtype)
            array = filling.array(name, generator, kind, shapes[name], ranges.get(name))
            values[name] = strided(array, strides_of(param, known))
        else:
            raise RunError(
                message_of("input-bare-pointer", name=name),
            )
    return Arguments(values, known, ranges)


def require_drawable(seed: int, ranges: Mapping[str, Any]) -> None:
    """Refuse a seed or bounds that no numbers can be drawn with.

    Raises
    ------
    RequestError
        When the seed is negative, or a range is no two numbers in order.
    """
    if seed < 0:
        raise RequestError(message_of("negative-seed", seed=seed))
    for name, bounds in ranges.items():
        if not is_range(bounds):
            raise RequestError(message_of("bad-range", name=name, bounds=str(bounds)))


def sizes_of_arrays(function: Any, filling: Filling) -> dict[str, int]:
    """Return the variables in shapes that the given arrays have a value for.

    Raises
    ------
    RequestError
        When a file cannot be read, or two arrays have different values for one.
    """
    return filling.sizes(
        {
            str(param.name): [
                str(extent.name) if type_key(extent) == "ir.Var" else ""
                for extent in param.ty.shape
            ]
            for param in buffers(function)
        }
    )


def shown_input(name: str, value: Any, scalars: Mapping[str, str]) -> Input:
    """Return an argument as the user is shown it.

    Parameters
    ----------
    scalars
        The dtypes of scalars by their names.
    """
    if isinstance(value, np.ndarray):
        head = tuple(finite(number) for number in value.ravel()[:HEAD].astype(np.float64))
        return Input(name=name, dtype=str(value.dtype), shape=tuple(value.shape), head=head)
    return Input(name=name, dtype=scalars[name], shape=(), head=(finite(value),))


def shown_inputs(arguments: Arguments, scalars: Mapping[str, str]) -> tuple[Input, ...]:
    """Return the arguments of a call as the user is shown them, see :func:`shown_input`."""
    return tuple(shown_input(name, value, scalars) for name, value in arguments.values.items())


def scalars_of(function: Any) -> dict[str, str]:
    """Return the dtypes of a PrimFunc's scalars by their names."""
    return {
        str(param.name): dtype(param.ty)
        for param in function.params
        if type_key(param.ty) == "ir.PrimType"
    }


def _scalar(
    generator: np.random.Generator,
    param: Any,
    sizes: dict[str, int],
    ranges: Mapping[str, tuple[float, float]],
) -> int | float:
    if str(param.name) in sizes:
        return sizes[str(param.name)]
    value = random_array(generator, dtype(param.ty), (), ranges.get(str(param.name)))
    return float(value) if "float" in dtype(param.ty) else int(value)

"""Describe a PrimFunc's parameters, make random inputs for them, find the buffers it writes."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import numpy.typing as npt
import tvm
import tvm_ffi

from viz.errors import RequestError, RunError
from viz.ir.labels import INFIX, dtype, short, type_key
from viz.model import Function, Parameter
from viz.text import Span

DEFAULT_SIZE = 100
"""The default of a symbolic extent: not a multiple of a warp, so that bounds checks matter."""

MOST_ELEMENTS = 1 << 26
"""Elements that all inputs together may have (256 MiB of float32)."""

Array = npt.NDArray[Any]
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "/": operator.floordiv,
    "%": operator.mod,
    "<<": operator.lshift,
    ">>": operator.rshift,
}


class Arguments(NamedTuple):
    """The arguments of one call by parameter name: arrays for buffers, numbers for scalars."""

    values: dict[str, Array | int | float]
    sizes: dict[str, int]


def describe(name: str, function: Any, span: Span | None, *, bound: bool) -> Function:
    """Return a PrimFunc's parameters as plain data.

    Parameters
    ----------
    span
        Where the user's text names the function.
    bound
        Whether one of its loops is bound to GPU threads.
    """
    written = _written(function)
    parameters = []
    for param in function.params:
        if type_key(param.ty) != "tirx.BufferType":
            parameters.append(Parameter(name=str(param.name), dtype=dtype(param.ty)))
            continue
        parameters.append(
            Parameter(
                name=str(param.name),
                dtype=dtype(param.ty.dtype),
                shape=tuple(short(extent) for extent in param.ty.shape),
                written=_handle(param) in written,
                symbols=tuple(
                    dict.fromkeys(
                        str(v.name) for extent in param.ty.shape for v in _variables(extent)
                    )
                ),
            )
        )
    return Function(name=name, parameters=tuple(parameters), span=span, bound=bound)


def make(
    function: Any,
    seed: int,
    sizes: Mapping[str, int],
    ranges: Mapping[str, tuple[float, float]],
) -> Arguments:
    """Make inputs for a PrimFunc: random by dtype and shape, the same for the same seed.

    Buffers that are only written get random content too, so that an unwritten element is seen.
    Floats are standard normal, integers 0 to 9, unless ``ranges`` bounds them by name.

    Raises
    ------
    RequestError
        When the seed, a size or a range is out of bounds.
    RunError
        When a parameter is a bare pointer, an extent cannot be computed, or the inputs would have
        more than :data:`MOST_ELEMENTS`.
    """
    if seed < 0:
        raise RequestError(f"the seed is {seed}; it must be 0 or more")
    for name, bounds in ranges.items():
        if not _is_range(bounds):
            raise RequestError(
                f"the range of {name} is {bounds}; it must be two numbers, the smaller one first"
            )
    generator = np.random.default_rng(seed)
    known = _sizes(function, sizes)
    values: dict[str, Array | int | float] = {}
    total = 0
    for param in function.params:
        kind = type_key(param.ty)
        if kind == "tirx.BufferType":
            shape = tuple(
                _checked_extent(extent, known, str(param.name)) for extent in param.ty.shape
            )
            total += math.prod(shape)
            if total > MOST_ELEMENTS:
                raise RunError(
                    f"the inputs would have more than {MOST_ELEMENTS:,} elements",
                    hint="Choose smaller sizes.",
                )
            values[str(param.name)] = _random(
                generator, dtype(param.ty.dtype), shape, ranges.get(str(param.name))
            )
        elif kind == "ir.PrimType":
            values[str(param.name)] = _scalar(generator, param, known, ranges)
        else:
            raise RunError(
                f"no input can be made for {param.name!s}: it is a bare pointer",
                hint=f"Say what it points to: T.match_buffer({param.name!s}, (n,), ...).",
            )
    return Arguments(values, known)


def outputs(function: Any) -> list[str]:
    """Return the names of the buffers a PrimFunc writes; all of them where no write is found."""
    written = _written(function)
    buffers = [param for param in function.params if type_key(param.ty) == "tirx.BufferType"]
    return [str(param.name) for param in buffers if _handle(param) in written] or [
        str(param.name) for param in buffers
    ]


def refill(
    arguments: Arguments, names: list[str], seed: int, ranges: Mapping[str, tuple[float, float]]
) -> Arguments:
    """Return the arguments with other content in the named buffers, in the same ranges.

    Integers and bools differ in every element. An element that a call leaves unchanged with both
    contents was not written.
    """
    generator = np.random.default_rng((seed, 1))
    values = dict(arguments.values)
    for name in names:
        old = np.asarray(values[name])
        if str(old.dtype) == "bool":
            values[name] = ~old
        elif _is_integer(old.dtype):
            low, high = _bounds(ranges.get(name))
            values[name] = ((old.astype(np.int64) - low + 1) % (high - low) + low).astype(old.dtype)
        else:
            values[name] = _random(generator, str(old.dtype), old.shape, ranges.get(name))
    return Arguments(values, arguments.sizes)


# ---------------------------------------------------------------- reading the IR


def _handle(node: Any) -> int:
    return int(node.__chandle__())


def _written(function: Any) -> set[int]:
    """Return the handles of the buffers that a store may reach, also through buffers over them."""
    underlying: dict[int, int] = {}
    written: set[int] = set()

    def store(node: Any) -> None:
        written.add(_handle(node.buffer))

    def declared(node: Any) -> None:
        for variable in _variables(node.data):
            underlying[_handle(node.buffer)] = _handle(variable)

    def block(node: Any) -> None:
        for region in node.match_buffers:
            underlying[_handle(region.buffer)] = _handle(region.source.source)
        # A block declares what it writes; that covers writes through intrinsics and externs.
        written.update(_handle(region.source) for region in node.writes)

    stmt = tvm.tirx.stmt
    callbacks = [
        (tvm.tirx.BufferStore, store),
        (stmt.DeclBuffer, declared),
        (tvm.s_tir.SBlock, block),
    ]
    tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    for buffer in tuple(written):
        while buffer in underlying:
            buffer = underlying[buffer]
            written.add(buffer)
    return written


def _variables(node: Any) -> list[Any]:
    variables: list[Any] = []
    tvm_ffi.structural_walk(node, (tvm.ir.Var, variables.append), order="pre")
    return variables


def _sizes(function: Any, chosen: Mapping[str, int]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    # TVM's programs count elements in int32.
    for name, size in chosen.items():
        if not isinstance(size, int) or not 0 < size < 1 << 31:
            raise RequestError(
                f"the size of {name} is {size}; it must be a whole number from 1 to 2147483647"
            )
    for name in symbols(function):
        sizes[name] = int(chosen.get(name, DEFAULT_SIZE))
    return sizes


def symbols(function: Any) -> list[str]:
    """Return the names of the variables in the shapes of a PrimFunc's buffers."""
    shapes = [p.ty.shape for p in function.params if type_key(p.ty) == "tirx.BufferType"]
    extents = (extent for shape in shapes for extent in shape)
    return list(dict.fromkeys(str(v.name) for extent in extents for v in _variables(extent)))


def _checked_extent(node: Any, sizes: Mapping[str, int], buffer: str) -> int:
    try:
        extent = _extent(node, sizes, buffer)
    except (ArithmeticError, ValueError) as error:  # by zero, or shifted by a negative number
        raise RunError(
            f"the extent {short(node)} of {buffer} cannot be computed: {error}"
        ) from None
    if extent < 0:
        raise RunError(
            f"the extent {short(node)} of {buffer} would be {extent}", hint="Choose larger sizes."
        )
    return extent


def _extent(node: Any, sizes: Mapping[str, int], buffer: str) -> int:
    key = type_key(node)
    if key == "ir.IntImm":
        return int(node.value)
    if key == "ir.Var":
        return sizes[str(node.name)]
    if key == "prim.Cast":
        return _extent(node.value, sizes, buffer)
    if key in ("prim.Min", "prim.Max"):
        pick = min if key == "prim.Min" else max
        return pick(_extent(node.a, sizes, buffer), _extent(node.b, sizes, buffer))
    if INFIX.get(key) in _ARITHMETIC:
        return int(
            _ARITHMETIC[INFIX[key]](_extent(node.a, sizes, buffer), _extent(node.b, sizes, buffer))
        )
    raise RunError(f"the extent {short(node)} of {buffer} cannot be computed")


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
            f"no array of {name} can be made: its elements are no whole bytes",
            hint="Pack several into a uint8 or int32, as examples/dequantize_q4f16.py does.",
        )
    try:
        return np.dtype(getattr(ml_dtypes, name, name))
    except TypeError:
        raise RunError(f"NumPy has no dtype for {name}") from None


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
    low, high = bounds or (0, 10)
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

"""Choose the values of the variables in the shapes and strides of a PrimFunc's buffers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import tvm
import tvm_ffi

from viz.errors import RequestError, RunError
from viz.ir.labels import INFIX, short, type_key
from viz.messages import message_of

DEFAULT_SIZE = 100
"""The default of a symbolic extent: not a multiple of a warp, so that bounds checks matter."""

FITTING_ELEMENTS = 1 << 22
"""Elements that all inputs together have at most for sizes that nobody chose."""

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


def buffers(function: Any) -> list[Any]:
    """Return the parameters of a PrimFunc that are buffers."""
    return [param for param in function.params if type_key(param.ty) == "tirx.BufferType"]


def variables(node: Any) -> list[Any]:
    """Return the variables in an expression, one as often as it occurs."""
    found: list[Any] = []
    tvm_ffi.structural_walk(node, (tvm.ir.Var, found.append), order="pre")
    return found


def given_variables(function: Any) -> list[Any]:
    """Return the variables that a call of a PrimFunc tells: its scalars, those of its shapes."""
    return [
        variable
        for param in function.params
        for variable in ([param] if type_key(param.ty) == "ir.PrimType" else variables(param.ty))
    ]


def symbols(function: Any) -> list[str]:
    """Return the names of the variables in the shapes and strides of a PrimFunc's buffers."""
    return [*dict.fromkeys((*_shape_symbols(function), *_stride_symbols(function)))]


def _shape_symbols(function: Any) -> list[str]:
    extents = (extent for param in buffers(function) for extent in param.ty.shape)
    return list(dict.fromkeys(str(v.name) for extent in extents for v in variables(extent)))


def _stride_symbols(function: Any) -> list[str]:
    strides = (stride for param in buffers(function) for stride in param.ty.strides)
    return list(dict.fromkeys(str(v.name) for stride in strides for v in variables(stride)))


def choose(function: Any, chosen: Mapping[str, int]) -> dict[str, int]:
    """Return a value for each variable in the shapes and strides of a PrimFunc's buffers.

    An extent that is not ``chosen`` is :data:`DEFAULT_SIZE`, or less where all inputs together
    would have more than :data:`FITTING_ELEMENTS`; a stride is that of a compact array.

    Raises
    ------
    RequestError
        When a chosen size is out of bounds.
    """
    # TVM's programs count elements in int32.
    for name, size in chosen.items():
        if not isinstance(size, int) or not 0 < size < 1 << 31:
            raise RequestError(message_of("size-out-of-range", name=name, size=size))
    names = _shape_symbols(function)
    free = [name for name in names if name not in chosen]
    sizes = {name: int(chosen.get(name, DEFAULT_SIZE)) for name in names}
    if free and (wanted := _elements(function, sizes)) and sum(wanted) > FITTING_ELEMENTS:
        sizes |= _smaller(function, sizes, free)
    return sizes | _strides(function, sizes, chosen)


def _smaller(function: Any, sizes: dict[str, int], free: list[str]) -> dict[str, int]:
    """Return the largest size for all free extents with which the inputs fit, if there is one."""
    for size in range(DEFAULT_SIZE - 1, 0, -1):
        tried = dict.fromkeys(free, size)
        elements = _elements(function, sizes | tried)
        if all(elements) and sum(elements) <= FITTING_ELEMENTS:
            return tried
    return {}


def _elements(function: Any, sizes: Mapping[str, int]) -> list[int]:
    """Return how many elements each buffer has; 0 for all where one cannot be computed."""
    try:
        return [math.prod(shape_of(param, sizes)) for param in buffers(function)]
    except RunError:
        return [0]


def _strides(function: Any, sizes: dict[str, int], chosen: Mapping[str, int]) -> dict[str, int]:
    """Return the variables that occur in strides alone, so that no two elements share a place."""
    found: dict[str, int] = {}
    for param in buffers(function):
        try:
            shape = shape_of(param, sizes)
        except RunError:
            continue  # refused with a reason later
        axes = [*zip(param.ty.strides, shape, strict=False)]
        known = [_is_known(stride, sizes | found) for stride, _ in axes]
        # From the last axis on; known strides first, unless the others fit between their steps.
        steps = [
            extent_of(stride, sizes | found, str(param.name), "stride")
            for (stride, _), fixed in zip(axes, known, strict=True)
            if fixed
        ]
        free = math.prod(
            extent for (_, extent), fixed in zip(axes, known, strict=True) if not fixed
        )
        fits = free <= min(steps, default=0)
        order = sorted(range(len(axes)), key=lambda axis: (known[axis] == fits, -axis))
        covered = 1
        for stride, extent in (axes[axis] for axis in order):
            for variable in variables(stride):
                name = str(variable.name)
                if name not in sizes and name not in found:
                    size = covered if type_key(stride) == "ir.Var" else DEFAULT_SIZE
                    found[name] = int(chosen.get(name, size))
            step = extent_of(stride, sizes | found, str(param.name), "stride")
            covered = max(covered, step * max(1, extent))
    return found


def _is_known(node: Any, sizes: Mapping[str, int]) -> bool:
    return all(str(variable.name) in sizes for variable in variables(node))


def shape_of(param: Any, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """Return the shape of a buffer.

    Raises
    ------
    RunError
        When an extent cannot be computed or is negative.
    """
    return tuple(extent_of(extent, sizes, str(param.name)) for extent in param.ty.shape)


def strides_of(param: Any, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """Return the strides that a program declares for a buffer, in elements; empty for none.

    Raises
    ------
    RunError
        When a stride cannot be computed or is negative.
    """
    return tuple(extent_of(stride, sizes, str(param.name), "stride") for stride in param.ty.strides)


def extent_of(node: Any, sizes: Mapping[str, int], buffer: str, what: str = "extent") -> int:
    """Return the value of an extent, or of a stride, with these values of its variables.

    Raises
    ------
    RunError
        When it cannot be computed or is negative.
    """
    try:
        extent = _extent(node, sizes, buffer)
    except (ArithmeticError, ValueError) as error:  # by zero, or shifted by a negative number
        raise RunError(
            message_of(
                "size-not-computed",
                what=message_of(what),
                extent=short(node),
                buffer=buffer,
                error=str(error),
            )
        ) from None
    if extent < 0:
        raise RunError(
            message_of(
                "extent-out-of-range",
                what=message_of(what),
                extent=short(node),
                buffer=buffer,
                extent2=extent,
            )
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
    raise RunError(message_of("extent-not-computed", extent=short(node), buffer=buffer))

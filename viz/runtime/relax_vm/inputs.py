"""Make inputs for the parameters of a Relax function: tensors, tuples, shapes and numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import tvm
import tvm_ffi
from tvm import ir, relax

from viz.errors import RequestError, RunError
from viz.harness.array_files import arrays_of_files
from viz.harness.arrays import MOST_ELEMENTS, Arguments, Array, fitting, random_array
from viz.harness.made_arrays import Filling
from viz.ir.labels import dtype
from viz.ir.parse import Parsed
from viz.ir.relax_places import direct_bindings
from viz.messages import message_of
from viz.model import RunPart
from viz.runtime.analysis.sizes import DEFAULT_SIZE, FITTING_ELEMENTS, extent_of, variables
from viz.runtime.inputs import require_drawable
from viz.runtime.relax_vm.steering import RelaxIndexing
from viz.runtime.run import declared_table

SMALL_SIZE = 4
"""The extent of an axis of which a type tells nothing: all of them fit each other."""


class Leaf(NamedTuple):
    """A parameter, or a part of one that is a tuple: a tensor, a shape or a number.

    Attributes
    ----------
    name
        ``p``, of a tuple ``p[0]`` and so on.
    extents
        Of a tensor or a shape: what it has along its axes, or the values of the shape.
    """

    name: str
    kind: str
    dtype: str
    extents: tuple[Any, ...] = ()


Parts = Leaf | tuple[Any, ...]
"""A parameter, nested as its tuples are."""


class VmArguments(NamedTuple):
    """The arguments of a call, one by one and as the virtual machine takes them."""

    arguments: Arguments
    parts: tuple[Parts, ...]

    def passed(self) -> list[Any]:
        """Return fresh values for a call."""
        return [self._passed(each) for each in self.parts]

    def scalars(self) -> dict[str, str]:
        """Return the dtypes of the numbers by their names."""
        return {each.name: each.dtype for each in _leaves(self.parts) if each.kind == "number"}

    def _passed(self, parts: Parts) -> Any:
        if not isinstance(parts, Leaf):
            return [self._passed(each) for each in parts]
        value = self.arguments.values[parts.name]
        if parts.kind == "shape":
            return tvm_ffi.Shape([int(each) for each in np.ravel(value)])
        return tvm.runtime.tensor(value) if parts.kind == "tensor" else value


class Inputs:
    """What a Relax function is to be called with: all but the numbers themselves.

    Parameters
    ----------
    parsed, name
        The function.
    part
        How it is run: its sizes, ranges and arrays.

    Raises
    ------
    RequestError
        When a size or an array does not fit.
    RunError
        When a parameter is of a type that no input is made for, or has too many elements.
    """

    def __init__(self, parsed: Parsed, name: str, part: RunPart) -> None:
        function = parsed.mod[name]
        self._name, self._part = name, part
        self._parts = tuple(_parts(str(each.name), each, function) for each in function.params)
        self._leaves = [*_leaves(self._parts)]
        shapes = {each.name: each.extents for each in self._leaves if each.kind == "tensor"}
        self._filling = Filling(part.inputs, arrays_of_files(part.arrays))
        self._filling.require_names(shapes)
        symbols = {
            each: [str(e.name) if isinstance(e, ir.Var) else "" for e in extents]
            for each, extents in shapes.items()
        }
        chosen = declared_table(parsed, name, "SIZES") | self._filling.sizes(symbols) | part.sizes
        self.sizes = self._sizes(chosen)
        self._ranges = declared_table(parsed, name, "RANGES") | part.ranges
        require_drawable(part.seed, self._ranges)
        for each, shape in self._shapes(self.sizes).items():
            if each in shapes and math.prod(shape) > MOST_ELEMENTS:
                raise RunError(message_of("inputs-too-large", most=MOST_ELEMENTS))

    def _sizes(self, chosen: Mapping[str, Any]) -> dict[str, int]:
        """Return the value of each variable in a shape, and of the numbers that are chosen."""
        names = {str(v.name) for leaf in self._leaves for e in leaf.extents for v in variables(e)}
        numbers = {leaf.name for leaf in self._leaves if leaf.kind == "number"}
        if unknown := sorted(self._part.sizes.keys() - names - numbers):
            raise RequestError(message_of("no-extent-named", name=unknown[0]))
        for each, size in chosen.items():
            if not isinstance(size, int) or not 0 < size < 1 << 31:
                raise RequestError(message_of("size-out-of-range", name=each, size=size))
        sizes = {each: size for each, size in chosen.items() if each in names | numbers}
        free = sorted(names - chosen.keys())
        for default in range(DEFAULT_SIZE, 0, -1) if free else ():
            tried = sizes | dict.fromkeys(free, default)
            if sum(map(math.prod, self._shapes(tried).values())) <= FITTING_ELEMENTS:
                return tried
        return sizes | dict.fromkeys(free, DEFAULT_SIZE)

    def _shapes(self, sizes: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
        return {
            leaf.name: tuple(extent_of(extent, sizes, leaf.name) for extent in leaf.extents)
            for leaf in self._leaves
            if leaf.kind != "number"
        }

    def made(self, mod: tvm.IRModule) -> VmArguments:
        """Draw the inputs, the same for the same seed.

        Parameters
        ----------
        mod
            The module after ``LegalizeOps``, which tells the integers that are used as indices.
        """
        indexing = RelaxIndexing(mod, self._name, _names(self._parts), self.sizes)
        generator = np.random.default_rng(self._part.seed)
        numbers = {
            leaf.name: _number(generator, leaf, self.sizes, self._ranges.get(leaf.name))
            for leaf in self._leaves
            if leaf.kind == "number"
        }
        free = {
            name: value
            for name, value in numbers.items()
            if type(value) is int and name not in self.sizes and name not in self._ranges
        }
        numbers |= fitting(indexing, free)
        whole = {name: value for name, value in numbers.items() if type(value) is int}
        limits = indexing.limits(whole)
        ranges = {name: (0, limit) for name, limit in limits.items()} | dict(self._ranges)
        shapes = self._shapes(self.sizes)
        values: dict[str, Array | int | float] = {}
        for leaf in self._leaves:
            name = leaf.name
            if leaf.kind == "number":
                values[name] = numbers[name]
            elif leaf.kind == "shape":
                values[name] = np.array(shapes[name], np.int64)
            else:
                bounds = ranges.get(name)
                values[name] = self._filling.array(
                    name, generator, leaf.dtype, shapes[name], bounds
                )
        return VmArguments(Arguments(values, self.sizes, ranges), self._parts)


def _number(
    generator: np.random.Generator,
    leaf: Leaf,
    sizes: Mapping[str, int],
    bounds: tuple[float, float] | None,
) -> int | float:
    if leaf.name in sizes:
        return sizes[leaf.name]
    value = random_array(generator, leaf.dtype, (), bounds)
    if leaf.dtype == "bool":
        return bool(value)
    return float(value) if "float" in leaf.dtype else int(value)


# ---------------------------------------------------------------- parameters


def _parts(name: str, parameter: Any, function: Any) -> Parts:
    """Return what a parameter is made of.

    Raises
    ------
    RunError
        When no input is made for its type.
    """
    return _of_type(name, parameter.ty, lambda: _cast_to(parameter, function))


def _of_type(name: str, ty: Any, cast: Callable[[], Any] = lambda: None) -> Parts:
    if isinstance(ty, relax.TensorType):
        return Leaf(name, "tensor", str(ty.dtype or "float32"), _extents(name, ty, cast()))
    if isinstance(ty, relax.ShapeType):
        return Leaf(name, "shape", "int64", _extents(name, ty, cast()))
    if isinstance(ty, ir.PrimType) and dtype(ty) != "handle":
        return Leaf(name, "number", dtype(ty))
    if isinstance(ty, ir.TupleType):
        return tuple(_of_type(f"{name}[{i}]", each) for i, each in enumerate(ty.fields))
    raise RunError(message_of("relax-input", name=name, type="".join(str(ty))))


def _extents(name: str, ty: Any, cast: Any) -> tuple[Any, ...]:
    """Return the extents of a tensor or the values of a shape.

    Where its type does not tell them, what the function casts it to does; else they are small.
    """
    for each in (ty, cast):
        if (known := _written(each)) is not None:
            return known
    rank = int(ty.ndim)
    if rank < 0:
        raise RunError(message_of("relax-input-rank", name=name))
    return (tvm.tirx.IntImm("int64", SMALL_SIZE),) * rank


def _written(ty: Any) -> tuple[Any, ...] | None:
    if isinstance(ty, relax.ShapeType):
        return None if ty.values is None else tuple(ty.values)
    shape = getattr(ty, "shape", None)
    if isinstance(shape, ir.Var):
        return _written(shape.ty)
    return tuple(shape.values) if isinstance(shape, relax.ShapeExpr) else None


def _cast_to(parameter: Any, function: Any) -> Any:
    """Return the type that a function casts a parameter to by ``R.match_cast``, if it does."""
    for binding in direct_bindings(function.body):
        if isinstance(binding, relax.MatchCast) and binding.value.same_as(parameter):
            return binding.ty
    return None


def _leaves(parts: Parts) -> Iterator[Leaf]:
    if isinstance(parts, Leaf):
        yield parts
    else:
        for each in parts:
            yield from _leaves(each)


def _names(parts: Parts) -> Any:
    """Return the names of the tensors of integers, nested as the parameters are."""
    if not isinstance(parts, Leaf):
        return tuple(map(_names, parts))
    return parts.name if parts.kind == "tensor" and "int" in parts.dtype else ""

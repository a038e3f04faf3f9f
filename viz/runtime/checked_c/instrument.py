"""Add a check to each access to a buffer in a module that was lowered for C.

A store outside of its buffer is left out, a load there reads the first element. Indices are those
of the flat buffer, counted in elements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import tvm
from tvm import tirx

from viz.codegen.marks.instrument import FunctionNodes, Marker, conditional, sequence
from viz.ir.labels import dtype, operator, type_key
from viz.ir.walker import LEAVES, Occurrence, occurrences

INSIDE, INDEX = "check_inside", "check_index"
"""The functions of ``checks.h`` that guard a store and that correct the index of a load."""

_BITS = re.compile(r"\d+")


class CheckedAccess(NamedTuple):
    """A place that is checked: the node's id in the final tree, the buffer, what it does."""

    node: int
    buffer: str
    writes: bool


class Checked(NamedTuple):
    """A module with checks; a check names its place by number."""

    mod: tvm.IRModule
    places: tuple[CheckedAccess, ...]


def checked(mod: tvm.IRModule) -> Checked:
    """Return a lowered module with its accesses checked."""
    nodes = occurrences(mod)
    starts = [each.id for each in nodes if each.parent == 0]
    places: list[CheckedAccess] = []
    functions = {}
    ends = [*starts[1:], len(nodes)]
    for start, end in zip(starts, ends, strict=True):
        own = {each.id: each for each in nodes[start:end]}
        name = nodes[start].field
        checker = AccessChecker(FunctionNodes(own), places)
        functions[name] = checker.mutate(nodes[start].obj)
    named = {variable: functions[str(variable.name_hint)] for variable in mod.functions}
    return Checked(tvm.IRModule(named, attrs=mod.attrs), tuple(places))


class AccessChecker(Marker):
    """Rebuilds a function with its accesses checked.

    Parameters
    ----------
    places
        Where to add the places of the checks.
    """

    def __init__(self, nodes: FunctionNodes, places: list[CheckedAccess]) -> None:
        super().__init__(nodes, set(), "")
        self._places = places
        self._extents = _extents(nodes.nodes)

    def statement(self, node: Any, mutator: Any) -> Any:
        """Rebuild a statement; a store becomes conditional."""
        here = self.enter(node)
        inner = mutator.default_mutate(node)
        if here is None or not isinstance(node, tirx.BufferStore):
            return inner
        extent = self._extent(node.buffer, node.indices)
        if extent is None:
            return inner
        index = tirx.Var("index", "int64")
        place = self._place(here, node.buffer, writes=True)
        inside = _call(INSIDE, place, index, extent)
        # Computed whether it is stored or not: the loads of the value are checked too.
        value = tirx.Var("value", dtype(inner.value.ty))
        kept = tirx.BufferStore(inner.buffer, value, [tirx.Cast(dtype(node.indices[0].ty), index)])
        bound = tirx.Bind(index, tirx.Cast("int64", inner.indices[0]))
        computed = tirx.Bind(value, inner.value)
        return sequence([bound, computed, conditional(inside != 0, kept, None, None)], None)

    def call(self, node: Any, mutator: Any) -> Any:
        """Rebuild a call; a pointer to an element may point to the end of its buffer."""
        self.enter(node)
        return node if operator(node) == "tirx.address_of" else mutator.default_mutate(node)

    def expression(self, node: Any, mutator: Any) -> Any:
        """Rebuild an expression; the index of a load is corrected."""
        here = self.enter(node)
        if node.__class__ in LEAVES:
            return node
        inner = mutator.default_mutate(node)
        if here is None or not isinstance(node, tvm.ir.TensorLoad):
            return inner
        extent = self._extent(node.source, node.indices)
        if extent is None:
            return inner
        place = self._place(here, node.source, writes=False)
        index = _call(INDEX, place, tirx.Cast("int64", inner.indices[0]), extent)
        return tirx.BufferLoad(inner.source, [tirx.Cast(dtype(node.indices[0].ty), index)])

    def _place(self, here: Occurrence, buffer: Any, *, writes: bool) -> int:
        self._places.append(CheckedAccess(here.id, str(buffer.name), writes))
        return len(self._places) - 1

    def _extent(self, buffer: Any, indices: Any) -> Any:
        """Return how many elements a buffer has; None where the access is not checked."""
        if len(indices) != 1 or "x" in dtype(indices[0].ty):
            return None
        return self._extents.get(int(buffer.__chandle__()))


def _call(name: str, place: int, index: Any, extent: Any) -> Any:
    return tirx.call_extern("int64", name, tirx.IntImm("int32", place), index, extent)


def _extents(nodes: Mapping[int, Occurrence]) -> dict[int, Any]:
    """Return the elements of each buffer that is declared: its own, or fewer of what lies below."""
    extents: dict[int, Any] = {}
    for each in nodes.values():
        if type_key(each.obj) not in ("tirx.DeclBuffer", "tirx.AllocBuffer"):
            continue
        buffer = each.obj.buffer
        own = _elements(buffer.ty)
        data = getattr(each.obj, "data", None)
        if data is not None and operator(data) == "tirx.buffer_data":
            below = data.args[0]
            known = extents.get(int(below.__chandle__()))
            if known is not None:
                bytes_below = known * _bytes(below.ty)
                own = tirx.min(
                    own, tirx.truncdiv(bytes_below, tirx.IntImm("int64", _bytes(buffer.ty)))
                )
        extents[int(buffer.__chandle__())] = own
    return extents


def _elements(ty: Any) -> Any:
    """Return the elements from the first to the last of a buffer, as int64."""
    total: Any = tirx.IntImm("int64", 1)
    if len(ty.strides) != len(ty.shape):
        for extent in ty.shape:
            total = total * tirx.Cast("int64", extent)
    else:
        for extent, stride in zip(ty.shape, ty.strides, strict=True):
            steps = (tirx.Cast("int64", extent) - 1) * tirx.Cast("int64", stride)
            total = total + steps
    return total + tirx.Cast("int64", ty.elem_offset)


def _bytes(ty: Any) -> int:
    kind = dtype(ty.dtype)
    bits = _BITS.search(kind)
    lanes = int(kind.partition("x")[2] or 1)
    return max(1, (int(bits[0]) if bits else 8) // 8) * lanes

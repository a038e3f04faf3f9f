"""Count what a call has to do at least: bytes of its parameters, operations on its data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import tvm
from tvm import tirx
from tvm.sym import Analyzer

from viz.harness.arrays import Arguments
from viz.ir.labels import dtype, operator, type_key
from viz.ir.walker import Occurrence, occurrences
from viz.passes.function_roles import is_tirx
from viz.runtime.analysis.written import handle, outputs

_ONE = {
    *("prim.Add", "prim.Sub", "prim.Mul", "prim.Div", "prim.Mod", "prim.FloorDiv"),
    *("prim.FloorMod", "prim.Min", "prim.Max"),
}
"""Expressions that are one operation."""

_NONE = {"tirx.if_then_else", "tirx.reinterpret", "tirx.likely", "tirx.large_uint_imm"}
"""Calls that compute nothing."""


class CallWork(NamedTuple):
    """The least that a call does; ``operations`` is None where a loop's extent is not known."""

    bytes: int
    operations: int | None


class _UnknownWorkError(Exception):
    """An extent that is not known before the run, or a call of what has no body here."""


def work(function: Any, mod: tvm.IRModule, arguments: Arguments) -> CallWork:
    """Count the work of a PrimFunc on its arguments, as its text has it: before any pass."""
    nodes = occurrences(function)
    read = read_buffers(nodes)
    written = set(outputs(function, mod))
    moved = 0
    for param in function.params:
        array = arguments.values.get(str(param.name))
        if isinstance(array, np.ndarray):
            moved += array.nbytes * ((handle(param) in read) + (str(param.name) in written))
    try:
        return CallWork(moved, sum(_operations(function, nodes, arguments.sizes)))
    except _UnknownWorkError:
        return CallWork(moved, None)


def read_buffers(nodes: list[Occurrence]) -> set[int]:
    """Return the handles of the buffers whose content before the call is needed.

    What only updates itself is not, where it is also given a first value.
    """
    loads: set[tuple[int, int]] = set()
    fresh: set[int] = set()
    for node in nodes:
        key = type_key(node.obj)
        if key == "ir.TensorLoad":
            above = node
            while above.parent >= 0 and type_key(above.obj) != "tirx.BufferStore":
                above = nodes[above.parent]
            is_stored = type_key(above.obj) == "tirx.BufferStore"
            target = handle(above.obj.buffer) if is_stored else 0
            loads.add((handle(node.obj.source), target))
        elif key == "tirx.BufferStore":
            inside = occurrences(node.obj.value)
            buffer = handle(node.obj.buffer)
            if not any(
                type_key(each.obj) == "ir.TensorLoad" and handle(each.obj.source) == buffer
                for each in inside
            ):
                fresh.add(buffer)
    return {source for source, target in loads if source != target or source not in fresh}


def _operations(function: Any, nodes: list[Occurrence], sizes: Mapping[str, int]) -> Iterator[int]:
    if is_tirx(function):  # its threads stand in no loop
        raise _UnknownWorkError
    for node in nodes:
        key = type_key(node.obj)
        if key == "tirx.While":
            raise _UnknownWorkError
        if key == "ir.Call" and isinstance(node.obj.op, tvm.ir.GlobalVar):
            raise _UnknownWorkError
        if key == "tirx.BufferStore" and (each := _of_store(node.obj)):
            yield each * math.prod(_extents(node, nodes, sizes))


def _extents(node: Occurrence, nodes: list[Occurrence], sizes: Mapping[str, int]) -> Iterator[int]:
    """Yield the extents of the loops and threads around a statement."""
    while node.parent >= 0:
        node = nodes[node.parent]
        key = type_key(node.obj)
        if key == "tirx.For":
            yield _extent(node.obj.extent, sizes)
        elif key == "tirx.AttrStmt" and str(node.obj.attr_key) == "thread_extent":
            yield _extent(node.obj.value, sizes)


def _extent(extent: Any, sizes: Mapping[str, int]) -> int:
    analyzer = Analyzer()
    for inner in occurrences(extent):
        if type_key(inner.obj) == "ir.Var":
            if str(inner.obj.name) not in sizes:
                raise _UnknownWorkError
            kind = dtype(inner.obj.ty)
            analyzer.bind(inner.obj, tirx.const(sizes[str(inner.obj.name)], kind))
    extent = analyzer.simplify(extent)
    if type_key(extent) != "ir.IntImm":
        raise _UnknownWorkError
    return int(extent.value)


def _of_store(store: Any) -> int:
    """Count the operations on data in what is stored: those of indices are none."""
    nodes = occurrences(store.value)
    is_float = "float" in str(store.buffer.ty.dtype.dtype) if hasattr(store.buffer, "ty") else True
    inside = [False] * len(nodes)  # an index
    count = 0
    for node in nodes:
        if node.parent >= 0:
            above = nodes[node.parent]
            inside[node.id] = inside[above.id] or type_key(above.obj) == "ir.TensorLoad"
        if inside[node.id] or not _is_operation(node.obj):
            continue
        kind = dtype(node.obj.ty)
        if "bool" in kind or ("float" in kind) != is_float:
            continue
        lanes = kind.partition("x")[2]
        count += int(lanes) if lanes.isdecimal() else 1
    return count


def _is_operation(node: Any) -> bool:
    key = type_key(node)
    return key in _ONE or (key == "ir.Call" and operator(node) not in _NONE)

"""Find vector stores of the CUDA text at places that no vector may stand at.

TVM's CUDA codegen reads element by element what it cannot prove to be aligned, and stores without
asking: ``*(float4*)(B + 5 * threadIdx.x) = …`` ends a kernel on a real GPU, since a vector of n
elements must begin at a multiple of n.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import tvm
from tvm import tirx
from tvm.sym import Analyzer

from viz.frontend.declarations import declaration_of
from viz.ir.labels import type_key
from viz.ir.parse import Parsed
from viz.ir.walker import Occurrence, occurrences
from viz.messages import message_of
from viz.model import Problem

_SMALL = (0, 1, 2, 3)
"""The values that are tried for a thread or a loop, as far as its extent goes."""


def problems(device: tvm.IRModule, parsed: Parsed) -> Iterator[Problem]:
    """Yield an error for each buffer with such a store, at the vectorized loop that writes it."""
    for variable, function in device.functions.items():
        seen: set[str] = set()
        nodes = occurrences(function)
        named = {n.obj.var: n.obj.value for n in nodes if type_key(n.obj) == "tirx.Bind"}
        for node in nodes:
            if not isinstance(node.obj, tirx.BufferStore) or len(node.obj.indices) != 1:
                continue
            found = _misaligned(node, nodes, named)
            name = str(node.obj.buffer.name).removesuffix("_ptr")
            if found is None or name in seen:
                continue
            seen.add(name)
            lanes, first, where = found
            what = message_of(
                "misaligned-vector", buffer=name, lanes=lanes, first=first, where=where
            )
            place = _vector_loop(parsed, name) or declaration_of(
                parsed.program, str(variable.name_hint), name
            )
            yield Problem(code="vector", what=what, span=place)


def _misaligned(
    node: Occurrence, nodes: list[Occurrence], named: Mapping[Any, Any]
) -> tuple[int, int, str] | None:
    """Return the width of a vector store, an element that it begins at, and in which thread."""
    index = node.obj.indices[0]
    if not isinstance(index, tirx.Ramp) or not _is_one(index.stride):
        return None
    lanes = int(index.lanes) if isinstance(index.lanes, int) else int(index.lanes.value)
    if lanes & (lanes - 1):  # a vector of three has no rule
        return None
    variables, conditions = _context(node, nodes)
    for values in _choices(variables):
        if not all(_value(condition, values, named) for condition in conditions):
            continue
        first = _value(index.base, values, named)
        if first is None:
            return None
        if first % lanes:
            where = ", ".join(f"{variables[v][0]} = {n}" for v, n in values.items() if n)
            return lanes, first, where
    return None


def _is_one(stride: Any) -> bool:
    return isinstance(stride, tirx.IntImm) and int(stride.value) == 1


def _context(
    node: Occurrence, nodes: list[Occurrence]
) -> tuple[dict[Any, tuple[str, int]], list[Any]]:
    """Return the variables around a node with name and extent, and the conditions it is under."""
    variables: dict[Any, tuple[str, int]] = {}
    conditions: list[Any] = []
    while node.parent >= 0:
        field = node.field
        node = nodes[node.parent]
        obj, kind = node.obj, type_key(node.obj)
        if kind == "tirx.AttrStmt" and obj.attr_key == "thread_extent":
            variables[obj.node.var] = str(obj.node.thread_tag), _extent(obj.value)
        elif kind == "tirx.For":
            variables[obj.loop_var] = str(obj.loop_var.name), _extent(obj.extent)
        elif kind == "tirx.IfThenElse" and field == "then_case":
            conditions.append(obj.condition)
        elif kind in ("tirx.IfThenElse", "tirx.While"):
            conditions.append(tirx.const(0, "int32"))  # not followed
    return variables, conditions


def _extent(value: Any) -> int:
    return int(value.value) if isinstance(value, tirx.IntImm) else 1


def _choices(variables: Mapping[Any, tuple[str, int]]) -> Iterator[dict[Any, int]]:
    """Yield all zeros, then each variable alone with small values."""
    zeros = dict.fromkeys(variables, 0)
    yield zeros
    for variable, (_, extent) in variables.items():
        for value in _SMALL[1:]:
            if value < extent:
                yield {**zeros, variable: value}


def _value(expression: Any, values: Mapping[Any, int], named: Mapping[Any, Any]) -> int | None:
    """Return the value of an expression, None where it depends on anything else."""
    analyzer = Analyzer()
    for variable, number in values.items():
        analyzer.bind(variable, tirx.const(number, str(variable.ty.dtype)), allow_override=True)
    for variable, value in named.items():
        analyzer.bind(variable, value, allow_override=True)
    result = analyzer.simplify(expression)
    return int(result.value) if isinstance(result, tirx.IntImm) else None


def _vector_loop(parsed: Parsed, buffer: str) -> Any:
    """Return the place of the user's vectorized loop, or statement on vectors, that writes it."""
    nodes = occurrences(parsed.mod)
    for node in nodes:
        if not isinstance(node.obj, tirx.BufferStore) or str(node.obj.buffer.name) != buffer:
            continue
        above = node
        while above.parent >= 0:
            above = nodes[above.parent]
            if type_key(above.obj) == "tirx.For" and above.obj.kind == tirx.ForKind.VECTORIZED:
                return parsed.user_span(above.obj.span)
    return None

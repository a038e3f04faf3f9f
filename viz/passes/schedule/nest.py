"""Describe the loop nests of a module: its loops and blocks, from the outermost in."""

from __future__ import annotations

from typing import Any, NamedTuple

import tvm
from tvm import tirx

from viz.ir.labels import type_key
from viz.ir.walker import Occurrence, occurrences
from viz.model import NestNode

BINDINGS = {
    tirx.ForKind.PARALLEL: "parallel",
    tirx.ForKind.VECTORIZED: "vectorized",
    tirx.ForKind.UNROLLED: "unrolled",
}
REDUCTION = 2
"""``IterVar.iter_type`` of an axis that is reduced over."""

MOST_NODES = 400
"""Loops and blocks of a nest."""


class Nest(NamedTuple):
    """The loops and blocks of a module.

    Attributes
    ----------
    nodes
        In pre-order, at most :data:`MOST_NODES`.
    left_out
        How many come after those.
    """

    nodes: tuple[NestNode, ...]
    left_out: int


def nest(mod: tvm.IRModule) -> Nest:
    """Return the loops and blocks of a module's functions.

    The root block that TVM puts around a function's body is none of them.
    """
    found: list[NestNode] = []
    levels = {-1: 0}
    for node in occurrences(mod):
        level = levels[node.parent]
        described = _described(node, level)
        levels[node.id] = level if described is None else level + 1
        if described is not None:
            found.append(described)
    return Nest(tuple(found[:MOST_NODES]), max(0, len(found) - MOST_NODES))


def _described(node: Occurrence, level: int) -> NestNode | None:
    obj, kind = node.obj, type_key(node.obj)
    if kind == "tirx.PrimFunc":
        return NestNode("function", node.field, level, node.id)
    if kind == "tirx.For":
        extent = int(obj.extent.value) if isinstance(obj.extent, tirx.IntImm) else None
        binding = BINDINGS.get(obj.kind, "")
        if obj.thread_binding is not None:
            binding = str(obj.thread_binding.thread_tag)
        return NestNode("loop", str(obj.loop_var.name), level, node.id, extent, binding)
    if kind == "s_tir.SBlock" and obj.name_hint != "root":
        return NestNode(
            "block",
            str(obj.name_hint),
            level,
            node.id,
            reads=_buffers(obj.reads),
            writes=_buffers(obj.writes),
            is_reduction=any(int(axis.iter_type) == REDUCTION for axis in obj.iter_vars),
        )
    return None


def _buffers(regions: Any) -> tuple[str, ...]:
    """Return the names of regions' buffers, each once."""
    names: dict[str, None] = {}
    for region in regions:
        scope = str(region.source.scope())
        names[f"{region.source.name}{'' if scope == 'global' else f' · {scope}'}"] = None
    return tuple(names)

"""Rebuild nodes of the TVM of 2024 with other parts, by reflection over their fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import tvm
from tvm import tir
from tvm.tir.expr import BinaryOpExpr, CmpExpr

from viz.legacy.reflection import attribute_names, type_key
from viz.legacy.walker import LegacyOccurrence

Parts = Iterable[tuple[str, Any]]
"""The name of a field, or that of one of its elements such as ``seq[0]``, with what it holds."""


def replaced(node: Any, parts: Parts) -> Any:
    """Return a node with other parts; the node itself, where these are its own."""
    whole: dict[str, Any] = {}
    for place, part in parts:
        field, _, index = place.partition("[")
        if index:
            if field not in whole:
                whole[field] = list(getattr(node, field))
            whole[field][int(index[:-1])] = part
        else:
            whole[field] = part
    if all(_is_own(getattr(node, field), part) for field, part in whole.items()):
        return node
    if isinstance(node, BinaryOpExpr | CmpExpr) and "span" not in whole:  # most nodes of a build
        return type(node)(whole.get("a", node.a), whole.get("b", node.b))
    key = type_key(node)
    if key not in _FIELDS:
        _FIELDS[key] = attribute_names(node)
    fields = {name: getattr(node, name) for name in _FIELDS[key] if name not in whole}
    return tvm.ir.make_node(key, **fields, **whole)


_FIELDS: dict[str, list[str]] = {}
"""The fields of each type; to ask for them takes as long as to build a node."""


def _is_own(old: Any, new: Any) -> bool:
    if isinstance(new, list):
        return all(a.same_as(b) for a, b in zip(old, new, strict=True))
    return old is not None and bool(old.same_as(new))


def numbered(mod: tvm.IRModule, functions: Mapping[str, list[LegacyOccurrence]]) -> dict[Any, Any]:
    """Return the functions of a module whose statements have their node ids + 1 as lines.

    Parameters
    ----------
    functions
        The nodes of each function by name, in pre-order.
    """
    source = tvm.ir.SourceName("node")
    found: dict[Any, Any] = {}
    for variable, function in mod.functions.items():
        nodes = functions[str(variable.name_hint)]
        made: dict[int, list[tuple[str, Any]]] = {}
        # The nodes below one stand behind it: from the last to the first, each is rebuilt of those.
        for each in reversed(nodes[1:]):
            parts = made.pop(each.id, [])
            if isinstance(each.obj, tir.Stmt):
                line = each.id + 1
                span = tvm.ir.Span(source, line, line, 1, 1)
                made.setdefault(each.parent, []).append(
                    (each.field, replaced(each.obj, [*parts, ("span", span)]))
                )
        (body,) = (part for field, part in made[nodes[0].id] if field == "body")
        found[variable] = function.with_body(body)
    return found

"""Find how far outputs may be from their references: by the narrowest floats that are computed."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import tvm
from tvm import tir

from viz.harness.comparison import TOLERANCES

UNROUNDED = (tir.BufferLoad, tir.Var, tir.FloatImm, tir.Select, tir.Broadcast)
"""Expressions that hand on what they are given."""

REDUCTION = 2
"""``tir.IterVar.iter_type`` of an axis that is reduced over."""


def tolerance(function: Any, mod: tvm.IRModule) -> float:
    """Return the relative tolerance that a PrimFunc's outputs need.

    A sum that is kept in narrow floats is less exact the more terms it has; a product in them that
    is summed in wider ones is rounded once.
    """
    found: list[float] = [0.0]
    terms: list[int] = [1]

    def reductions(node: Any) -> None:
        if isinstance(node, tir.Block):
            extents = [
                int(getattr(each.dom.extent, "value", 1))
                for each in node.iter_vars
                if int(each.iter_type) == REDUCTION
            ]
            terms.append(math.prod(extents))

    def stores(node: Any) -> None:
        if not isinstance(node, tir.BufferStore):
            return
        kept = str(node.value.dtype)
        inside: list[Any] = []
        tir.stmt_functor.post_order_visit(tir.Evaluate(node.value), inside.append)
        for each in inside:
            kind = str(getattr(each, "dtype", "")).partition("x")[0]
            if isinstance(each, tvm.ir.PrimExpr) and not isinstance(each, UNROUNDED):
                found.append(_needed(kind, max(terms) if kind == kept else 1))

    bodies = [each.body for each in mod.functions.values() if isinstance(each, tir.PrimFunc)]
    for body in [function.body, *bodies]:
        tir.stmt_functor.post_order_visit(body, reductions)
    for body in [function.body, *bodies]:
        tir.stmt_functor.post_order_visit(body, stores)
    return max(found)


def _needed(kind: str, terms: int) -> float:
    """Return the tolerance for a sum in a dtype: its terms' roundings add up like a walk."""
    if "float" not in kind:
        return 0.0
    try:
        step = float(ml_dtypes.finfo(getattr(ml_dtypes, kind, kind)).eps)
    except (TypeError, ValueError):
        return 0.0
    return max(TOLERANCES.get(kind, step), step * math.sqrt(terms))

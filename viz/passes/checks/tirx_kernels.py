"""Refuse TIRx kernels that TVM would lower as no kernel: ids of threads where none begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tvm
import tvm_ffi
from tvm import tirx

from viz.errors import LoweringError
from viz.ir.labels import type_key
from viz.ir.walker import occurrences
from viz.messages import message_of
from viz.passes.function_roles import DEVICE_ENTRY


def require_entries(mod: tvm.IRModule) -> None:
    """Refuse functions with ids of blocks and threads that no ``T.device_entry()`` is around.

    Raises
    ------
    LoweringError
        With the function and its first such id.
    """
    for variable, function in mod.functions.items():
        if not isinstance(function, tirx.PrimFunc) or not _has_ids(function):
            continue
        names = {"function": str(variable.name_hint)}
        outside, entered = _ids_outside(function)
        is_blocks = bool(function.attrs and function.attrs.get("s_tir", False))
        if is_blocks and (outside or entered) and (ids := [*_ids(function)]):
            raise LoweringError(message_of("ids-in-blocks", id=_name(ids[0]), **names))
        if outside:
            id_ = "ids-above-entry" if entered else "no-device-entry"
            raise LoweringError(message_of(id_, id=_name(outside[0]), **names))


def is_id(node: Any) -> bool:
    """Whether a statement makes ids of blocks or threads."""
    return type_key(node) == "tirx.ScopeIdDefStmt"


def _has_ids(function: Any) -> bool:
    """Whether a function makes ids; where they stand is found by a walk that costs more."""
    statements: list[Any] = []
    tvm_ffi.structural_walk(function.body, (tirx.Stmt, statements.append), order="pre")
    return any(map(is_id, statements))


def _ids(function: Any) -> Iterator[Any]:
    return (node.obj for node in occurrences(function) if is_id(node.obj))


def _ids_outside(function: Any) -> tuple[list[Any], bool]:
    """Return the ids outside of any device entry, and whether there is an entry."""
    inside: list[bool] = []
    outside: list[Any] = []
    entered = False
    for node in occurrences(function):
        is_entry = isinstance(node.obj, tirx.AttrStmt) and node.obj.attr_key == DEVICE_ENTRY
        entered = entered or is_entry
        inside.append(is_entry or (node.parent >= 0 and inside[node.parent]))
        if is_id(node.obj) and not inside[node.id]:
            outside.append(node.obj)
    return outside, entered


def _name(node: Any) -> str:
    """Return the ids of a statement as the text has them, such as ``bx``."""
    return ", ".join(str(variable.name) for variable in getattr(node, "def").def_ids)

"""Reflect on which fields of TVM's nodes hold code."""

from __future__ import annotations

from typing import Any

from tvm import ir, tirx

from viz.ir.walker import OfClass

SHARED_CLASSES = frozenset((ir.Var, tirx.IntImm, tirx.FloatImm, ir.StringImm, ir.GlobalVar, ir.Op))
"""Classes whose objects are not traced: the same one stands in many places."""

NOT_TRACED = {"reads", "writes", "annotations"}
"""Fields that hold no code."""


def _fields(cls: Any) -> tuple[tuple[str, bool], ...]:
    """Return the fields of a class that hold code, and whether each holds several nodes."""
    code: list[tuple[str, bool]] = []
    info = cls.__tvm_ffi_type_info__
    while info is not None:
        declared = [(field.name, str(field.ty)) for field in info.fields]
        code = [
            (name, "Array[" in ty)
            for name, ty in declared
            if name not in NOT_TRACED and ("Expr" in ty or "Stmt" in ty or "Block" in ty)
        ] + code
        info = info.parent_type_info
    return tuple(code)


FIELDS = OfClass(_fields)
"""The fields of a class that hold code, and whether each holds several nodes."""

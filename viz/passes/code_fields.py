"""Reflect on which fields of TVM's nodes hold code, and read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from tvm import ir, tirx

from viz.ir.reflection import elements
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


def _code_in(cls: Any) -> Callable[[Any], Iterable[Any]]:
    """Return what reads the fields of a class that hold code, an object or None each."""
    fields = _fields(cls)
    names = [name for name, has_many in fields if not has_many]
    if 1 < len(names) == len(fields):
        return attrgetter(*names)  # operators: nearly all objects of a build

    def read(obj: Any) -> list[Any]:
        found: list[Any] = []
        for name, has_many in fields:
            value = getattr(obj, name)
            found += elements(value) if has_many else (value,)
        return found

    return read


CODE_IN = OfClass(_code_in)
"""By class, what returns the objects in those fields of an object that hold code."""

"""Reflect on TVM's classes: which fields they have and what those hold; read arrays fast."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from operator import attrgetter
from typing import Any

import tvm

from viz.model import Kind, catalog

try:
    from tvm_ffi._ffi_api import ArrayGetItem, ArraySize
except ImportError:  # private to tvm_ffi, see viz/ir/tvm_names.py
    ArrayGetItem = ArraySize = None


KINDS: tuple[tuple[str, Kind], ...] = (
    ("ir.IRModule", "module"),
    ("ir.BaseFunc", "func"),
    ("tirx.Stmt", "stmt"),
    ("relax.expr.Binding", "stmt"),
    ("relax.expr.BindingBlock", "stmt"),
    ("ir.Expr", "expr"),
    ("ir.Type", "type"),
)
"""The first ancestor that matches decides the kind (a PrimFunc is an Expr too). What a Relax
function binds is to it what statements are to a PrimFunc."""

NODAL_TYPES = {"ir.Expr", "ir.Var", "tirx.Stmt", "Array[ir.Expr]", "Array[tirx.Stmt]"}
"""Declared types of fields that hold only nodes."""

PLAIN_TYPES = {"bool", "int", "float", "str", "dtype"}
"""Declared types of fields that hold no objects."""

_NAMES = {
    ("tirx.For", "kind"): ("serial", "parallel", "vectorized", "unrolled", "thread_binding"),
    ("tirx.IterVar", "iter_type"): (
        "spatial",
        "thread",
        "reduce",
        "ordered",
        "opaque",
        "unrolled",
        "vectorized",
        "parallel",
        "tensorized",
    ),
    ("tirx.ScopeIdDef", "scope"): (
        "cluster in kernel",
        "cta in kernel",
        "cta in cluster",
        "warpgroup in cta",
        "warp in cta",
        "warp in warpgroup",
        "thread in warp",
        "thread in cta",
        "thread in warpgroup",
        "cta_pair in cluster",
    ),
}
ENUMERATIONS = {field: dict(enumerate(names)) for field, names in _NAMES.items()}
"""Names of the values of fields that hold a number of an enumeration, by type and field.

They follow TVM's ``ForKind``, ``IterVarType`` and ``ScopeBinding``; the names are TVMScript's.
"""


def classes(keys: Iterable[str]) -> frozenset[type]:
    """Return the classes of TVM with some ``type_key``, such as ``tirx.For``."""
    return frozenset(attrgetter(key)(tvm) for key in keys)


class Shape:
    """The reflected shape of a class: its kind, its fields in declaration order."""

    def __init__(self, cls: Any) -> None:
        info = cls.__tvm_ffi_type_info__
        self.type_key: str = info.type_key
        self.ancestors: list[str] = []
        self.fields: list[str] = []
        self.declared: dict[str, str] = {}
        while info is not None:
            self.ancestors.append(info.type_key)
            self.fields = [field.name for field in info.fields] + self.fields
            self.declared |= {field.name: str(field.ty) for field in info.fields}
            info = info.parent_type_info
        self.kind: Kind = next((kind for key, kind in KINDS if key in self.ancestors), "other")
        # The type of a function, and of the variable that it is called by, repeats its parameters;
        # a span is a place, not a part.
        repeats = self.kind == "func" or cls is tvm.ir.GlobalVar
        skipped = {"span", "ty"} if repeats else {"span"}
        self.fields = [name for name in self.fields if name not in skipped]
        # A Var is one object in many places: its span is a statement's, never its name's.
        self.has_span = "span" in self.declared and "ir.Var" not in self.ancestors
        # The fields that may hold nodes.
        self.nodal = [name for name in self.fields if self.declared[name] not in PLAIN_TYPES]
        rows = catalog.nodes()
        # The fields that may hold text. A Call holds its Op, which is an Expr, as text; a module's
        # other fields repeat its functions.
        self.textual = [
            name
            for name in self.fields
            if name != "ty" and (cls is tvm.ir.Call or self.declared[name] not in NODAL_TYPES)
            if self.kind != "module"
        ]
        self.enumerations = [
            (name, names) for (key, name), names in ENUMERATIONS.items() if key == self.type_key
        ]
        self.row = next((rows[key] for key in self.ancestors if key in rows), None)
        self.title = (
            rows[self.type_key].title if self.type_key in rows else self.type_key.rpartition(".")[2]
        )


@cache
def shape(cls: Any) -> Shape:
    """Return the reflected shape of a class."""
    return Shape(cls)


def elements(array: Any) -> list[Any]:
    """Return the elements of an Array; Array's own iterator checks every index."""
    if ArrayGetItem is None or ArraySize is None:
        return list(array)
    return [ArrayGetItem(array, i) for i in range(ArraySize(array))]

"""Reflect on the classes of the 2024 TVM: which fields they have, what those hold, and identity."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import tvm
from tvm import tir
from tvm._ffi.base import _LIB

from viz.model import Kind, catalog

Array, Map, String = tvm.ir.Array, tvm.ir.Map, tvm.runtime.String

_ATTRIBUTE_NAMES = tvm.runtime._ffi_node_api.NodeListAttrNames

KINDS: tuple[tuple[type, Kind], ...] = (
    (tvm.IRModule, "module"),
    (tvm.ir.BaseFunc, "func"),
    (tir.Stmt, "stmt"),
    (tvm.ir.BaseExpr, "expr"),
    (tvm.ir.Type, "type"),
)
"""The first class that a node's is a subclass of decides the kind (a PrimFunc is an Expr too)."""

SKIPPED = frozenset(
    ("span", "checked_type_", "_checked_type_", "virtual_device_", "struct_info_", "source_map")
)
"""Fields that hold no part of a node: places, and types that nothing has computed."""

ENUMERATIONS = {
    ("tir.For", "kind"): ("serial", "parallel", "vectorized", "unrolled", "thread_binding"),
    ("tir.IterVar", "iter_type"): (
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
    ("tir.Buffer", "buffer_type"): ("", "default", "auto_broadcast"),
}
"""Names of the values of fields that hold a number of an enumeration, by type and field."""


LEAVES = (tir.IntImm, tir.FloatImm, tir.StringImm)
"""Expressions without parts."""

_PLAIN = frozenset(
    (
        ("tir.Allocate", "dtype"),
        ("tir.AttrStmt", "attr_key"),
        ("tir.Block", "name_hint"),
        ("tir.Buffer", "buffer_type"),
        ("tir.Buffer", "data_alignment"),
        ("tir.Buffer", "dtype"),
        ("tir.Buffer", "name"),
        ("tir.Buffer", "offset_factor"),
        ("tir.For", "kind"),
        ("tir.IterVar", "iter_type"),
        ("tir.IterVar", "thread_tag"),
        ("tir.SizeVar", "name"),
        ("tir.Var", "name"),
    )
)
"""Frequent fields that hold a number or a text."""

THREAD_BINDING = ENUMERATIONS["tir.For", "kind"].index("thread_binding")


def handle_of(obj: Any) -> int:
    """Return the identity of an object, as long as that is alive."""
    return int(obj.handle.value)


def type_key(obj: Any) -> str:
    """Return the ``type_key`` that TVM registered for an object's class, such as ``tir.For``."""
    index = ctypes.c_uint()
    _LIB.TVMObjectGetTypeIndex(obj.handle, ctypes.byref(index))
    return _key_of_index(index.value)


@cache
def _key_of_index(index: int) -> str:
    key = ctypes.c_char_p()
    _LIB.TVMObjectTypeIndex2Key(index, ctypes.byref(key))
    return (key.value or b"").decode()


def attribute_names(obj: Any) -> list[str]:
    """Return the names of an object's fields, in the order in which TVM visits them."""
    names = _ATTRIBUTE_NAMES(obj)
    return [str(names(i)) for i in range(names(-1))]


def attributes_of(owner: Any) -> dict[str, Any]:
    """Return the attributes of a function or a module by name; none where it has none."""
    attrs = owner.attrs
    return {name: attrs[name] for name in attribute_names(attrs)} if attrs is not None else {}


class LegacyShape:
    """What all objects of a class have in common: the kind, the title and the fields."""

    def __init__(self, obj: Any, key: str) -> None:
        self.type_key = key
        self.kind: Kind = next((kind for cls, kind in KINDS if isinstance(obj, cls)), "other")
        names = [name for name in attribute_names(obj) if name not in SKIPPED]
        # A body comes after what it uses: buffers of a function, what a block begins with.
        self.fields = sorted(names, key=lambda name: name == "body")
        # The fields that may hold nodes.
        self.nodal = [name for name in self.fields if (key, name) not in _PLAIN]
        if isinstance(obj, LEAVES):
            self.nodal = []
        elif self.kind == "expr":
            self.nodal = [name for name in self.nodal if name != "dtype"]
        row = catalog.nodes().get(key)
        self.title = row.title if row else key.rpartition(".")[2]


_SHAPES: dict[type, LegacyShape] = {}


def shape_of(obj: Any) -> LegacyShape:
    """Return the reflected shape of an object's class."""
    known = _SHAPES.get(obj.__class__)
    if known is None:
        known = LegacyShape(obj, type_key(obj))
        # What TVM has registered no class for is all of one class, whatever it is.
        if obj.__class__ is not tvm.runtime.Object:
            _SHAPES[obj.__class__] = known
    return known


def sub_statements(statement: Any) -> list[Any]:
    """Return the statements right below a statement, a block's among them, in order."""
    below: list[Any] = []
    for name in shape_of(statement).fields:
        value = getattr(statement, name)
        values = list(value) if isinstance(value, Array) else [value]
        below += [part for part in values if isinstance(part, tir.Stmt)]
    return below

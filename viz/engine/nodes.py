"""The one generic walker: an IRModule or PrimFunc becomes a Tree, by reflection over fields.

There is no method per node class. What TVM declares as a field is a child when it is a node and
text when it is a name, a number or an attribute; an unknown node type walks and draws like any
other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Literal, NamedTuple

import tvm
from tvm_ffi import Array, Dict, List, Map, _ffi_api

from viz import catalog
from viz.engine.labels import dtype, label, type_key
from viz.model import Child, Kind, Node, StageName, Tree
from viz.text import Span

AS_TEXT = {"ir.Op", "ir.EnvFunc", "ir.PrimType", "ir.DictAttrs", "target.Target"}
"""Objects that say one thing only: they become a text field of their parent."""

NOT_SHOWN = {"ir.Span", "ir.SourceMap", "ir.SequentialSpan"}
KINDS: tuple[tuple[str, Kind], ...] = (
    ("ir.IRModule", "module"),
    ("ir.BaseFunc", "func"),
    ("tirx.Stmt", "stmt"),
    ("ir.Expr", "expr"),
    ("ir.Type", "type"),
)
"""The first ancestor that matches decides the kind (a PrimFunc is an Expr too)."""


CONSTANTS = frozenset((tvm.tirx.IntImm, tvm.tirx.FloatImm))
"""Nothing is below these, and every third node is one; their type is a dtype."""

PLAIN_TYPES = {"bool", "int", "float", "str", "dtype"}
"""Declared types of fields that hold no object."""


class Shape:
    """What reflection says about one class: its kind, its fields in declaration order."""

    def __init__(self, cls: Any) -> None:
        info = cls.__tvm_ffi_type_info__
        self.type_key: str = info.type_key
        self.ancestors: list[str] = []
        self.fields: list[str] = []
        declared: dict[str, str] = {}
        while info is not None:
            self.ancestors.append(info.type_key)
            self.fields = [field.name for field in info.fields] + self.fields
            declared |= {field.name: str(field.ty) for field in info.fields}
            info = info.parent_type_info
        self.kind: Kind = next((kind for key, kind in KINDS if key in self.ancestors), "other")
        # A function's own type repeats its parameters; a span is a place, not a part.
        skipped = {"span", "ty"} if self.kind == "func" else {"span"}
        self.fields = [name for name in self.fields if name not in skipped]
        # Those that may hold nodes.
        self.nodal = [name for name in self.fields if declared[name] not in PLAIN_TYPES]
        rows = catalog.nodes()
        self.row = next((rows[key] for key in self.ancestors if key in rows), None)
        self.title = (
            rows[self.type_key].title if self.type_key in rows else self.type_key.rpartition(".")[2]
        )


@cache
def shape(cls: Any) -> Shape:
    """Return what reflection says about a class."""
    return Shape(cls)


SpanOf = Callable[[Any], Span | None]


def walk(
    root: Any,
    stage: StageName = "input",
    target: str = "",
    user_span: SpanOf = lambda span: None,
) -> Tree:
    """Return the Tree of an IRModule or a PrimFunc.

    Parameters
    ----------
    root
        What to walk.
    stage, target
        Said in the Tree, not looked at.
    user_span
        Turns a TVM span into the user's span (:meth:`viz.engine.parse.Parsed.user_span`).
    """
    return Tree(
        stage=stage, target=target, nodes=tuple(n for n, _ in walk_objects(root, user_span))
    )


class Occurrence(NamedTuple):
    """A node where it stands: its id, the object, the id of its parent and the parent's field.

    ``handle`` is the object's identity; one object can occur many times.
    """

    id: int
    obj: Any
    handle: int
    parent: int
    field: str


def occurrences(root: Any) -> list[Occurrence]:
    """Return every node of a module or function in pre-order, ids counting from 0."""
    found: list[Occurrence] = []
    # A type is walked where it is met first; Exprs after that show it as their dtype.
    seen_types: set[int] = set()
    stack: list[tuple[Any, int, str]] = [(root, -1, "")]
    while stack:
        obj, parent, field = stack.pop()
        number = len(found)
        found.append(Occurrence(number, obj, obj.__chandle__(), parent, field))
        cls = obj.__class__
        if cls in CONSTANTS:
            continue
        below: list[tuple[Any, int, str]] = []
        fields = _fields(obj) if cls is tvm.IRModule else _nodal_fields(obj, cls)
        for name, value in fields:
            cls = value.__class__
            rank = _rank(cls)
            if rank == "text":
                continue
            if name == "ty":
                if not _worth_walking(value) or (handle := value.__chandle__()) in seen_types:
                    continue
                seen_types.add(handle)
            if rank == "node":
                below.append((value, number, name))
            elif cls is Array:
                for i, each in enumerate(elements(value)):
                    if _rank(each.__class__) == "node":
                        below.append((each, number, f"{name}[{i}]"))
                    elif _rank(each.__class__) == "many":
                        below.extend(_nodes_in(f"{name}[{i}]", each, number))
            else:
                below.extend(_nodes_in(name, value, number))
        below.reverse()
        stack += below
    return found


def elements(array: Any) -> list[Any]:
    """Return the elements of an Array; its own iterator checks every index again."""
    return [_ITEM(array, i) for i in range(_SIZE(array))]


_ITEM, _SIZE = _ffi_api.ArrayGetItem, _ffi_api.ArraySize


def _nodes_in(name: str, value: Any, parent: int) -> list[tuple[Any, int, str]]:
    parts = _parts(name, value)
    return [(each, parent, where) for where, each in parts if _rank(each.__class__) == "node"]


def walk_objects(root: Any, user_span: SpanOf = lambda span: None) -> list[tuple[Node, Any]]:
    """Return every node with the TVM object it was made from, in pre-order."""
    found = occurrences(root)
    paths: list[str] = []
    children: list[list[Child]] = [[] for _ in found]
    for each in found:
        if each.parent < 0:
            paths.append(_root_path(root))
        else:
            paths.append(_join(paths[each.parent], each.field))
            children[each.parent].append(Child(field=each.field, id=each.id))
    return [
        (_node(each, paths[each.id], tuple(children[each.id]), user_span), each.obj)
        for each in found
    ]


def _node(
    occurrence: Occurrence, path: str, children: tuple[Child, ...], user_span: SpanOf
) -> Node:
    obj = occurrence.obj
    known = shape(obj.__class__)
    return Node(
        id=occurrence.id,
        path=path,
        kind=known.kind,
        type_key=known.type_key,
        title=known.title,
        label=label(obj),
        dtype=dtype(getattr(obj, "ty", None)) if known.kind == "expr" else "",
        fields=_texts(obj),
        children=children,
        span=_span(obj, user_span),
    )


def _span(obj: Any, user_span: SpanOf) -> Span | None:
    # A Var has one object and many places; its span is that of a statement, never of its name.
    return None if isinstance(obj, tvm.ir.Var) else user_span(getattr(obj, "span", None))


def _texts(obj: Any) -> dict[str, str]:
    """Return the fields that are no nodes."""
    found = {}
    for name, value in _fields(obj):
        if name == "ty":  # a node, or said by the dtype
            continue
        for where, each in _parts(name, value):
            if _rank(each.__class__) != "node" and (text := _text(each)) is not None:
                found[where] = text
    return found


def _root_path(root: Any) -> str:
    return function_name(root) if isinstance(root, tvm.tirx.PrimFunc) else ""


def function_name(function: Any) -> str:
    """Return a PrimFunc's global symbol, or ``main``."""
    symbol = function.attrs.get("global_symbol") if function.attrs else None
    return str(symbol) if symbol else "main"


def _join(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field


def _worth_walking(ty: Any) -> bool:
    """Whether a type has parts of its own; ``int32`` or a block's region type has none."""
    return ty is not None and type_key(ty) != "ir.PrimType" and bool(shape(ty.__class__).fields)


def _fields(obj: Any) -> Iterator[tuple[str, Any]]:
    if type_key(obj) == "ir.IRModule":
        # The other fields are the same functions again, by name.
        functions = sorted(obj.functions.items(), key=lambda item: str(item[0].name_hint))
        for variable, function in functions:
            yield str(variable.name_hint), function
        return
    for name in shape(obj.__class__).fields:
        yield name, getattr(obj, name)


def _nodal_fields(obj: Any, cls: Any) -> list[tuple[str, Any]]:
    return [(name, getattr(obj, name)) for name in shape(cls).nodal]


@cache
def _rank(cls: Any) -> Literal["node", "many", "text"]:
    """Tell a class of nodes from one that holds several, and from what is shown as text."""
    if issubclass(cls, Array | List | Map | Dict):
        return "many"
    info = getattr(cls, "__tvm_ffi_type_info__", None)
    key = info.type_key if info is not None else ""
    if key == "ir.DictAttrs":
        return "many"
    if not key or key in AS_TEXT or key in NOT_SHOWN or key.startswith("ffi."):
        return "text"
    return "node"


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the value, or the elements of an array or map, with their field names."""
    if isinstance(value, Array | List):
        for i, element in enumerate(value):
            yield from _parts(f"{name}[{i}]", element)
    elif isinstance(value, Map | Dict):
        for key, element in sorted(value.items(), key=lambda item: str(item[0])):
            yield from _parts(f"{name}[{key}]", element)
    elif type_key(value) == "ir.DictAttrs":
        for key in sorted(map(str, value.keys())):
            yield from _parts(f"{name}[{key}]", value[key])
    else:
        yield name, value


def _text(value: Any) -> str | None:
    if value is None:
        return None
    key = type_key(value)
    if key == "ir.PrimType":
        return str(value.dtype)
    if key in ("ir.Op", "ir.EnvFunc"):
        return str(value.name)
    if key in NOT_SHOWN:
        return None
    return str(value)

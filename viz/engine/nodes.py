"""The one generic walker: an IRModule or PrimFunc becomes a Tree, by reflection over fields.

There is no method per node class. What TVM declares as a field is a child when it is a node and
text when it is a name, a number or an attribute; an unknown node type walks and draws like any
other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import tvm
from tvm_ffi import Array, Dict, List, Map

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


class Shape:
    """What reflection says about one class: its kind, its fields in declaration order."""

    def __init__(self, cls: Any) -> None:
        info = cls.__tvm_ffi_type_info__
        self.type_key: str = info.type_key
        self.ancestors: list[str] = []
        self.fields: list[str] = []
        while info is not None:
            self.ancestors.append(info.type_key)
            self.fields = [field.name for field in info.fields] + self.fields
            info = info.parent_type_info
        self.kind: Kind = next((kind for key, kind in KINDS if key in self.ancestors), "other")
        # A function's own type repeats its parameters; a span is a place, not a part.
        skipped = {"span", "ty"} if self.kind == "func" else {"span"}
        self.fields = [name for name in self.fields if name not in skipped]
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


def walk_objects(root: Any, user_span: SpanOf = lambda span: None) -> list[tuple[Node, Any]]:
    """Return every node with the TVM object it was made from, in pre-order."""
    drafts: list[_Draft] = []
    # A type is walked where it is met first; Exprs after that show it as their dtype.
    seen_types: set[int] = set()
    stack: list[tuple[Any, str, int, str]] = [(root, _root_path(root), -1, "")]
    while stack:
        obj, path, parent, field = stack.pop()
        draft = _Draft(obj, path)
        if parent >= 0:
            drafts[parent].children.append(Child(field=field, id=len(drafts)))
        number = len(drafts)
        drafts.append(draft)
        below: list[tuple[Any, str, int, str]] = []
        for name, value in _fields(obj):
            if name == "ty" and (not _worth_walking(value) or _pointer(value) in seen_types):
                continue
            if name == "ty":
                seen_types.add(_pointer(value))
            for where, each in _parts(name, value):
                if _is_node(each):
                    below.append((each, _join(path, where), number, where))
                elif (text := _text(each)) is not None:
                    draft.fields[where] = text
        stack.extend(reversed(below))
    return [(draft.freeze(i, user_span), draft.obj) for i, draft in enumerate(drafts)]


class _Draft:
    """A node while its children are still being found."""

    __slots__ = ("children", "fields", "obj", "path")

    def __init__(self, obj: Any, path: str) -> None:
        self.obj = obj
        self.path = path
        self.fields: dict[str, str] = {}
        self.children: list[Child] = []

    def freeze(self, number: int, user_span: SpanOf) -> Node:
        known = shape(self.obj.__class__)
        return Node(
            id=number,
            path=self.path,
            kind=known.kind,
            type_key=known.type_key,
            title=known.title,
            label=label(self.obj),
            dtype=dtype(getattr(self.obj, "ty", None)) if known.kind == "expr" else "",
            fields=self.fields,
            children=tuple(self.children),
            span=user_span(getattr(self.obj, "span", None)),
        )


def _root_path(root: Any) -> str:
    return function_name(root) if isinstance(root, tvm.tirx.PrimFunc) else ""


def function_name(function: Any) -> str:
    """Return a PrimFunc's global symbol, or ``main``."""
    symbol = function.attrs.get("global_symbol") if function.attrs else None
    return str(symbol) if symbol else "main"


def _join(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field


def _pointer(obj: Any) -> int:
    return int(obj.__chandle__())


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


def _is_node(value: Any) -> bool:
    key = type_key(value)
    return bool(key) and key not in AS_TEXT and key not in NOT_SHOWN and not key.startswith("ffi.")


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

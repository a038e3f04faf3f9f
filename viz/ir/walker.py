"""Walk an IRModule or PrimFunc generically and return its Tree, by reflection over fields.

There is no method for any node class: each field that TVM declares is a child if it holds a node,
and text if it holds a name, a number or an attribute. Unknown node types walk like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

import tvm
from tvm import relax
from tvm_ffi import Array, Dict, List, Map

from viz.ir.labels import dtype, key_of, label, type_key
from viz.ir.reflection import Shape, elements, shape
from viz.ir.source_map import place_of
from viz.model import Child, Kind, Node, StageName, Tree
from viz.text import Span

AS_TEXT = {"ir.Op", "ir.EnvFunc", "ir.PrimType", "ir.DictAttrs", "target.Target"}
"""Objects that become a text field of their parent. An Op among the arguments of a call is a value
like the others there, and a node."""

NOT_SHOWN = {"ir.Span", "ir.SourceMap", "ir.SequentialSpan"}
CONSTANTS = frozenset((tvm.tirx.IntImm, tvm.tirx.FloatImm))
"""Immediates: they have no children, and their type is a dtype. Every third node is one."""

LEAVES = CONSTANTS | {tvm.ir.Var, tvm.ir.StringImm}
"""Expressions without subexpressions."""

DECLARING = frozenset((tvm.tirx.AllocBuffer, tvm.tirx.DeclBuffer))

PrimType, Op = tvm.ir.PrimType, tvm.ir.Op

VARIABLES = frozenset((tvm.ir.Var, relax.DataflowVar))

SpanOf = Callable[[Any], Span | None]


def walk(
    root: Any,
    stage: StageName = "input",
    target: str = "",
    user_span: SpanOf = lambda span: None,
    known: list[Occurrence] | None = None,
) -> Tree:
    """Return the Tree of an IRModule or a PrimFunc.

    Parameters
    ----------
    root
        The module or function.
    stage, target
        Copied to the Tree.
    user_span
        Maps a TVM span to the user's text (:attr:`viz.ir.parse.Parsed.user_span`).
    known
        The root's occurrences, where they were computed before.
    """
    return Walks(user_span).tree(root, stage, target, known)


class Occurrence(NamedTuple):
    """A node in one place: its id, the object, the id of its parent and the parent's field.

    ``handle`` is the object's identity; one object can occur many times.
    """

    id: int
    obj: Any
    handle: int
    parent: int
    field: str


Nodes = Mapping[int, Occurrence]
"""Nodes by id, in pre-order."""


def occurrences(root: Any) -> list[Occurrence]:
    """Return every node of a module or function in pre-order, ids counting from 0."""
    result: list[Occurrence] = []
    # A type is walked at its first occurrence; further Exprs show it as their dtype.
    seen_types: set[int] = set()
    seen_variables: set[int] = set()
    stack: list[tuple[Any, int, str]] = [(root, -1, "")]
    push, pop, append = stack.append, stack.pop, result.append
    # This runs for every node of a program, several times.
    while stack:
        obj, parent, field = pop()
        number, handle = len(result), obj.__chandle__()
        append(_OCCURRENCE(Occurrence, (number, obj, handle, parent, field)))
        cls = obj.__class__
        if cls in CONSTANTS:
            continue
        operands = _OPERANDS[cls]
        if operands and obj.ty.__class__ is PrimType:
            for name in operands:
                push((getattr(obj, name), number, name))
            continue
        if cls in VARIABLES:  # every fourth node; its only child is its type, walked once
            if handle in seen_variables:
                continue
            seen_variables.add(handle)
        if cls is tvm.IRModule:
            for name, value in reversed(_functions(obj)):
                push((value, number, name))
            continue
        for name in _BACKWARDS[cls]:
            value = getattr(obj, name)
            of = value.__class__
            if of is PrimType or (rank := _RANKS[of]) == "text":
                continue
            if name == "ty":
                if not _has_parts(of) or (known := value.__chandle__()) in seen_types:
                    continue
                seen_types.add(known)
            if rank == "node":
                push((value, number, name))
                continue
            for where, element in reversed(_nodes_in(name, value)):
                push((element, number, where))
    return result


_OCCURRENCE = tuple.__new__
"""Creates an Occurrence in half the time of ``Occurrence.__new__``."""


class OfClass(dict[Any, Any]):
    """A value computed once for each class; faster to read than a cached function."""

    def __init__(self, find: Callable[[Any], Any]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, cls: Any) -> Any:
        self[cls] = value = self._find(cls)
        return value


def _backwards(cls: Any) -> tuple[str, ...]:
    """Return the fields of a class that may hold nodes, the last first."""
    return tuple(reversed(shape(cls).nodal))


def _operands(cls: Any) -> tuple[str, ...]:
    """Return an expression's fields if all but its type hold one Expr each, the last first."""
    names = tuple(name for name in _backwards(cls) if name != "ty")
    declared = shape(cls).declared
    only_operands = "ty" in declared and all(declared[name] == "ir.Expr" for name in names)
    return names if only_operands else ()


_BACKWARDS, _OPERANDS = OfClass(_backwards), OfClass(_operands)


def _nodes_in(name: str, value: Any) -> list[tuple[str, Any]]:
    """Return the nodes in an array or map, with their field names."""
    if value.__class__ is not Array:
        return [part for part in _parts(name, value) if _RANKS[part[1].__class__] == "node"]
    nodes: list[tuple[str, Any]] = []
    for i, element in enumerate(elements(value)):
        rank = _RANKS[element.__class__]
        if rank == "node" or element.__class__ is Op:
            nodes.append((_indexed(name, i), element))
        elif rank == "many":
            nodes += _nodes_in(_indexed(name, i), element)
    return nodes


@cache
def _indexed(name: str, i: int) -> str:
    return f"{name}[{i}]"


def walk_objects(
    root: Any, user_span: SpanOf = lambda span: None, known: list[Occurrence] | None = None
) -> list[tuple[Node, Any]]:
    """Return every node with the TVM object it was made from, in pre-order.

    ``known`` are the root's occurrences, where they were computed before.
    """
    return Walks(user_span).objects(root, known)


class Walks:
    """Walks roots that share objects, as the stages of a lowering do; describes each object once.

    It keeps the roots: a handle names an object only as long as that is alive.

    Parameters
    ----------
    user_span
        Maps a TVM span to the user's text.
    """

    def __init__(self, user_span: SpanOf = lambda span: None) -> None:
        self._describer = _Describer(user_span)
        self._described: dict[int, _Description] = {}
        self._walked: dict[int, tuple[Any, list[tuple[Node, Any]]]] = {}

    def objects(self, root: Any, known: list[Occurrence] | None = None) -> list[tuple[Node, Any]]:
        """Return every node with its object, as :func:`walk_objects` does."""
        handle = root.__chandle__()
        if handle not in self._walked:
            walked = self._walk(root, occurrences(root) if known is None else known)
            self._walked[handle] = root, walked
        return self._walked[handle][1]

    def tree(
        self,
        root: Any,
        stage: StageName = "input",
        target: str = "",
        known: list[Occurrence] | None = None,
    ) -> Tree:
        """Return the Tree of a root, as :func:`walk` does."""
        nodes = tuple(node for node, _ in self.objects(root, known))
        return Tree(stage=stage, target=target, nodes=nodes)

    def _walk(self, root: Any, all_occurrences: list[Occurrence]) -> list[tuple[Node, Any]]:
        paths: list[str] = []
        children: list[list[Child]] = [[] for _ in all_occurrences]
        for number, _, _, parent, field in all_occurrences:
            if parent < 0:
                paths.append(_root_path(root))
            else:
                above = paths[parent]
                paths.append(f"{above}.{field}" if above else field)
                children[parent].append(Child(field=field, id=number))
        types = {handle: number for number, _, handle, _, field in all_occurrences if field == "ty"}
        variables: dict[int, int] = {}
        described, describe = self._described, self._describer.describe
        nodes: list[tuple[Node, Any]] = []
        for number, obj, handle, _, _ in all_occurrences:
            description = described.get(handle)
            if description is None:
                description = described[handle] = describe(obj)
            below = tuple(children[number])
            if obj.__class__ not in VARIABLES:
                node = Node(number, paths[number], *description[:-1], below, description.span)
            elif (first := variables.setdefault(handle, number)) != number:
                node = Node(number, paths[number], *description[:-1], below, None, first)
            else:
                known = None if below else types.get(obj.ty.__chandle__())
                node = Node(number, paths[number], *description[:-1], below, None, None, known)
            nodes.append((node, obj))
        return nodes


class _Description(NamedTuple):
    """The fields of a :class:`Node` that are the same in every place, in Node's order."""

    kind: Kind
    type_key: str
    title: str
    label: str
    dtype: str
    fields: dict[str, str]
    span: Span | None


class _Describer:
    """Describes objects; spans, dtypes and integers that many share are computed once."""

    def __init__(self, user_span: SpanOf) -> None:
        self._user_span = user_span
        self._spans: dict[int, Span | None] = {}
        self._dtypes: dict[int, str] = {}
        self._integers: dict[tuple[str, int], _Description] = {}

    def describe(self, obj: Any) -> _Description:
        """Return the description of an object, which must outlive this (handles are its keys)."""
        known = shape(obj.__class__)
        ty = self._dtype(obj.ty) if known.kind == "expr" else ""
        span = None
        if known.has_span and (place := place_of(obj)) is not None:
            handle = place.__chandle__()
            if handle not in self._spans:
                self._spans[handle] = self._user_span(place)
            span = self._spans[handle]
        if obj.__class__ is not tvm.tirx.IntImm:
            return self._description(obj, known, ty, span)
        key = ty, obj.value
        if key not in self._integers:
            self._integers[key] = self._description(obj, known, ty, None)
        description = self._integers[key]
        return description if span is None else description._replace(span=span)

    def _description(self, obj: Any, known: Shape, ty: str, span: Span | None) -> _Description:
        return _Description(
            known.kind, known.type_key, known.title, label(obj), ty, _texts(obj, known), span
        )

    def _dtype(self, ty: Any) -> str:
        handle = ty.__chandle__()
        if handle not in self._dtypes:
            self._dtypes[handle] = dtype(ty)
        return self._dtypes[handle]


def _texts(obj: Any, known: Shape) -> dict[str, str]:
    """Return the fields that hold text, by name; numbers of an enumeration as its names."""
    texts: dict[str, str] = {}
    for name in known.textual:
        value = getattr(obj, name)
        rank = _RANKS[value.__class__]
        if rank == "text":
            if (text := _text(value)) is not None:
                texts[name] = text
        elif rank == "many":
            for where, element in _parts(name, value):
                is_text = _RANKS[element.__class__] != "node" and element.__class__ is not Op
                if is_text and (text := _text(element)) is not None:
                    texts[where] = text
    for name, names in known.enumerations:
        value = getattr(obj, name)
        texts[name] = names.get(value, str(value))
    return texts


def _root_path(root: Any) -> str:
    return function_name(root) if isinstance(root, tvm.tirx.PrimFunc) else ""


def function_name(function: Any) -> str:
    """Return a PrimFunc's global symbol, or ``main``."""
    symbol = function.attrs.get("global_symbol") if function.attrs else None
    return str(symbol) if symbol else "main"


@cache
def _has_parts(cls: Any) -> bool:
    """Whether a type has fields; a block's region type has none."""
    return bool(shape(cls).fields)


def _functions(mod: tvm.IRModule) -> list[tuple[str, Any]]:
    """Return the functions of a module sorted by name."""
    functions = sorted(mod.functions.items(), key=lambda item: str(item[0].name_hint))
    return [(str(variable.name_hint), function) for variable, function in functions]


def _rank(cls: Any) -> Literal["node", "many", "text"]:
    """Return whether a class is a node, holds several values, or is shown as text."""
    if issubclass(cls, Array | List | Map | Dict):
        return "many"
    info = getattr(cls, "__tvm_ffi_type_info__", None)
    key = info.type_key if info is not None else ""
    if key == "ir.DictAttrs":
        return "many"
    if not key or key in AS_TEXT or key in NOT_SHOWN or key.startswith("ffi."):
        return "text"
    return "node"


_RANKS = OfClass(_rank)


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
    cls = value.__class__
    if value is None:
        return None
    if cls is PrimType:
        return str(value.dtype)
    key = key_of(cls)
    if key in ("ir.Op", "ir.EnvFunc"):
        return str(value.name)
    return None if key in NOT_SHOWN else str(value)

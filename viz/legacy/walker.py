"""Walk an IRModule or PrimFunc of the 2024 TVM generically and return its Tree.

There is no method for any node class: each field that TVM's reflection lists is a child if it holds
a node, and text if it holds a name, a number or an attribute. A variable or a buffer is walked at
its first occurrence; at further ones it is a leaf that names the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import tvm
from tvm import tir

from viz.legacy.labels import dtype_of, label
from viz.legacy.reflection import (
    ENUMERATIONS,
    Array,
    LegacyShape,
    Map,
    String,
    attribute_names,
    attributes_of,
    handle_of,
    shape_of,
)
from viz.model import Child, Kind, Node, StageName, Tree
from viz.text import Span

PlaceOf = Callable[[Any], Span | None]

AS_TEXT = (tvm.ir.PrimType, tvm.target.Target, String)
"""Classes whose objects become a text field of their parent."""


class LegacyOccurrence(NamedTuple):
    """A node in one place: its id, the object, its handle, the parent's id and its field."""

    id: int
    obj: Any
    handle: int
    parent: int
    field: str


def walk(
    root: Any,
    stage: StageName = "input",
    target: str = "",
    user_span: PlaceOf = lambda obj: None,
) -> Tree:
    """Return the Tree of an IRModule or a PrimFunc.

    Parameters
    ----------
    stage, target
        Copied to the Tree.
    user_span
        Maps an object to its place in the user's text
        (:meth:`viz.legacy.parse.LegacyParsed.user_span`).
    """
    return LegacyWalks(user_span).tree(root, stage, target)


def occurrences(root: Any) -> list[LegacyOccurrence]:
    """Return every node of a module or function in pre-order, ids counting from 0."""
    result: list[LegacyOccurrence] = []
    known: set[int] = set()
    stack: list[tuple[Any, int, str]] = [(root, -1, "")]
    while stack:
        obj, parent, field = stack.pop()
        number, handle = len(result), handle_of(obj)
        result.append(LegacyOccurrence(number, obj, handle, parent, field))
        if isinstance(obj, _ONCE):
            if handle in known:
                continue
            known.add(handle)
        stack += [(part, number, name) for name, part in reversed(_nodes(obj))]
    return result


_ONCE = (tir.Var, tir.Buffer, tvm.ir.Type)
"""What is walked at its first occurrence only."""


class LegacyWalks:
    """Walks roots that share objects, as the stages of a lowering do; describes each object once.

    It keeps the roots: a handle names an object only as long as that is alive.
    """

    def __init__(self, user_span: PlaceOf = lambda obj: None) -> None:
        self._user_span = user_span
        self._described: dict[int, _LegacyDescription] = {}
        self._walked: dict[int, tuple[Any, list[tuple[Node, Any]]]] = {}

    def objects(self, root: Any) -> list[tuple[Node, Any]]:
        """Return every node with the TVM object it was made from, in pre-order."""
        handle = handle_of(root)
        if handle not in self._walked:
            self._walked[handle] = root, self._walk(root)
        return self._walked[handle][1]

    def tree(self, root: Any, stage: StageName = "input", target: str = "") -> Tree:
        """Return the Tree of a root, as :func:`walk` does."""
        nodes = tuple(node for node, _ in self.objects(root))
        return Tree(stage=stage, target=target, nodes=nodes)

    def _walk(self, root: Any) -> list[tuple[Node, Any]]:
        found = occurrences(root)
        paths: list[str] = []
        children: list[list[Child]] = [[] for _ in found]
        for number, _, _, parent, field in found:
            if parent < 0:
                paths.append(function_name(root) if isinstance(root, tir.PrimFunc) else "")
            else:
                above = paths[parent]
                paths.append(f"{above}.{field}" if above else field)
                children[parent].append(Child(field=field, id=number))
        first: dict[int, int] = {}
        nodes: list[tuple[Node, Any]] = []
        for number, obj, handle, _, _ in found:
            described = self._described.get(handle)
            if described is None:
                described = self._described[handle] = self._describe(obj)
            variable = None
            if isinstance(obj, tir.Var | tir.Buffer):
                earliest = first.setdefault(handle, number)
                variable = None if earliest == number else earliest
            below = tuple(children[number])
            nodes.append(
                (Node(number, paths[number], *described[:-1], below, described.span, variable), obj)
            )
        return nodes

    def _describe(self, obj: Any) -> _LegacyDescription:
        known = shape_of(obj)
        has_place = known.kind in ("expr", "stmt") and not isinstance(obj, tir.Var)
        return _LegacyDescription(
            known.kind,
            known.type_key,
            known.title,
            label(obj),
            dtype_of(obj) if known.kind == "expr" or known.type_key == "tir.Buffer" else "",
            _texts(obj, known),
            self._user_span(obj) if has_place else None,
        )


class _LegacyDescription(NamedTuple):
    """The fields of a :class:`Node` that are the same in every place, in Node's order."""

    kind: Kind
    type_key: str
    title: str
    label: str
    dtype: str
    fields: dict[str, str]
    span: Span | None


def function_name(function: Any) -> str:
    """Return a PrimFunc's global symbol, or ``main``."""
    return str(attributes_of(function).get("global_symbol") or "main")


def functions_of(mod: tvm.IRModule) -> list[tuple[str, Any]]:
    """Return the functions of a module with their names, sorted by name."""
    functions = sorted(mod.functions.items(), key=lambda item: str(item[0].name_hint))
    return [(str(variable.name_hint), function) for variable, function in functions]


def _fields(obj: Any, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield fields of an object with their values; elements of arrays and maps one by one."""
    if isinstance(obj, tvm.IRModule):
        yield from functions_of(obj)
        return
    is_call = isinstance(obj, tir.Call)
    for name in names:
        value = getattr(obj, name)
        if is_call and name == "op" and isinstance(value, tvm.ir.Op):
            value = str(value.name)
        yield from _parts(name, value)


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Array):
        for i, element in enumerate(value):
            yield from _parts(f"{name}[{i}]", element)
    elif isinstance(value, Map):
        pairs = [(_key(key), element) for key, element in value.items()]
        seen: Counter[str] = Counter()
        for key, element in sorted(pairs, key=lambda pair: pair[0]):
            seen[key] += 1
            which = f"{key}#{seen[key]}" if seen[key] > 1 else key  # two variables of one name
            yield from _parts(f"{name}[{which}]", _plain(element))
    elif isinstance(value, tvm.ir.attrs.DictAttrs):
        for key in sorted(attribute_names(value)):
            yield from _parts(f"{name}[{key}]", _plain(value[key]))
    else:
        yield name, value


def _plain(value: Any) -> Any:
    """Return a number that is an attribute or an annotation as Python's; others as they are."""
    if isinstance(value, tir.IntImm):
        return bool(value.value) if value.dtype == "bool" else int(value.value)
    return float(value.value) if isinstance(value, tir.FloatImm) else value


def _key(key: Any) -> str:
    return str(key.name) if isinstance(key, tir.Var) else str(key)


def _is_node(value: Any) -> bool:
    return isinstance(value, tvm.runtime.Object) and not isinstance(value, AS_TEXT)


def _nodes(obj: Any) -> list[tuple[str, Any]]:
    names = shape_of(obj).nodal
    return [(name, value) for name, value in _fields(obj, names) if _is_node(value)]


def _texts(obj: Any, known: LegacyShape) -> dict[str, str]:
    """Return the fields that hold text, by name; numbers of an enumeration as its names."""
    texts: dict[str, str] = {}
    if known.kind == "module":
        return texts
    for name, value in _fields(obj, known.fields):
        if value is None or _is_node(value):
            continue
        if isinstance(value, tvm.ir.PrimType):
            if known.kind == "expr":
                continue  # the dtype again
            value = value.dtype
        names = ENUMERATIONS.get((known.type_key, name))
        texts[name] = names[value] if names and 0 <= value < len(names) else str(value)
    if known.kind == "expr":
        texts.pop("dtype", None)
    return texts

"""Statements that are alike: the same nodes in the same places, with other names and numbers.

Unrolled loops write hundreds of them. One of each kind, the model, is marked; a copy of it is only
put between statement marks, and :mod:`viz.engine.laying` lays the model's marks over its text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from tvm import ir, tirx

from viz.engine.nodes import CONSTANTS, Nodes, Occurrence

ALIKE = frozenset((tirx.BufferStore, tirx.Bind, tirx.Evaluate, tirx.AssertStmt))
"""Statements without others inside, whose text stands in one piece."""

READ = {"tirx.tvm_struct_get": 2, "tirx.tvm_struct_set": 2, "tirx.tvm_call_packed_lowered": 0}
"""Calls of which one argument, by its number, is read by the codegens rather than written."""

READABLE = (tirx.IntImm, ir.StringImm)

WORD = re.compile(r"\w+", re.ASCII)

WORTH = 24
"""How many nodes there must be in the copies of a statement: each text is compared, too."""


class Copy(NamedTuple):
    """A statement that is like another: the ids of both, and how many nodes each has."""

    id: int
    model: int
    size: int


def copies(nodes: list[Occurrence], apart: Collection[int]) -> Iterator[Copy]:
    """Yield the statements of a function that are like an earlier one, those of a model in a row.

    Parameters
    ----------
    nodes
        All nodes of the function, in pre-order.
    apart
        The statements that shall not be copies.
    """
    alike: defaultdict[Any, list[int]] = defaultdict(list)
    sizes: dict[Any, int] = {}
    for start, size, kind in _kinds(nodes):
        if start not in apart:
            alike[kind].append(start)
            sizes[kind] = size
    for kind, (model, *others) in alike.items():
        if len(others) * sizes[kind] >= WORTH:
            yield from (Copy(each, model, sizes[kind]) for each in others)


def _kinds(nodes: list[Occurrence]) -> Iterator[tuple[int, int, tuple[Any, ...]]]:
    """Yield the statements of ``ALIKE``, how many nodes they have, and what tells their kind."""
    start = -1
    kind: list[Any] = []
    special: set[int] = set()
    for number, obj, handle, parent, field in nodes:
        cls = obj.__class__
        if start >= 0 and parent < start:
            yield start, number - start, tuple(kind)
            start = -1
        if start >= 0:
            said: Any = None
            if cls is ir.Var:
                said = handle if handle in special else None
            elif cls in CONSTANTS:
                said = obj.value < 0
            elif cls is ir.Call:
                said = _read(obj)
            elif cls is ir.StringImm:
                said = _form(obj.value) if field.startswith("message_parts") else obj.value
            kind += cls, parent - start, field, said
        elif cls in ALIKE:
            start, kind = number, [cls]
        elif cls is tirx.AttrStmt:
            variable = getattr(obj.node, "var", obj.node)
            special.add(variable.__chandle__() if variable.__class__ is ir.Var else 0)
    if start >= 0:
        yield start, nodes[-1].id + 1 - start, tuple(kind)


def _read(call: Any) -> Any:
    """Return what a call says that no leaf of its own does: what is called, and how."""
    name = str(getattr(call.op, "name", ""))
    place = READ.get(name)
    if place is None:
        return name
    # A constant says its value; to print one takes as long as everything else here.
    argument = call.args[place]
    return name, argument.value if argument.__class__ in READABLE else str(argument)


@lru_cache(maxsize=4096)
def _form(string: str) -> str:
    """Return what a part of a message has besides its words."""
    return WORD.sub("w", string)


def heard(nodes: list[Occurrence], found: Collection[Copy]) -> Nodes:
    """Return the nodes of a function but for those inside copies."""
    first, at = nodes[0].id, 0
    kept: list[Occurrence] = []
    for each in sorted(found):
        start = each.id - first
        kept += nodes[at : start + 1]
        at = start + each.size
    return {each.id: each for each in kept + nodes[at:]}

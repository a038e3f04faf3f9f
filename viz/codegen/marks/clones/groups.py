"""Statements that are alike: the same nodes in the same places, with other names and numbers.

Unrolled loops write hundreds of them. One of each kind, the model, is marked; where its copies
stand :mod:`viz.codegen.marks.clones.runs` tells, and :mod:`viz.codegen.marks.clones.placement` lays
the model's marks over their text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from tvm import ir, tirx

from viz.ir.labels import operator
from viz.ir.walker import CONSTANTS, LEAVES, Nodes, Occurrence

ALIKE = frozenset((tirx.BufferStore, tirx.Bind, tirx.Evaluate, tirx.AssertStmt))
"""Statements without others inside, whose text stands in one piece."""

READ = {"tirx.tvm_struct_get": 2, "tirx.tvm_struct_set": 2, "tirx.tvm_call_packed_lowered": 0}
"""Calls of which one argument, by its number, is read by the codegens rather than written."""

READABLE = (tirx.IntImm, ir.StringImm)

WORD = re.compile(r"\w+", re.ASCII)

WORTH = 24
"""How many nodes there must be in the copies of a statement: each text is compared, too."""


class Family(NamedTuple):
    """Statements that are alike.

    Attributes
    ----------
    ids
        The first one is the model, the others are its copies.
    size
        How many nodes each has.
    leaves
        What each leaf of each of them means, in pre-order: a variable's identity, or a value.
    """

    ids: list[int]
    size: int
    leaves: list[list[Any]]

    @property
    def copies(self) -> list[int]:
        """Return all ids but the model's."""
        return self.ids[1:]


def families(nodes: list[Occurrence], apart: Collection[int]) -> list[Family]:
    """Return the statements of a function that are like others.

    Parameters
    ----------
    nodes
        All nodes of the function, in pre-order.
    apart
        The statements that shall not be copies.
    """
    found: dict[Any, Family] = {}
    for start, size, kind, leaves in _kinds(nodes):
        if start not in apart:
            family = found.get(kind)
            if family is None:
                family = found[kind] = Family([], size, [])
            family.ids.append(start)
            family.leaves.append(leaves)
    return [each for each in found.values() if (len(each.ids) - 1) * each.size >= WORTH]


def _kinds(nodes: list[Occurrence]) -> Iterator[tuple[int, int, tuple[Any, ...], list[Any]]]:
    """Yield the statements of ``ALIKE``, how many nodes they have, their kind, and their leaves."""
    start = -1
    kind: list[Any] = []
    leaves: list[Any] = []
    special: set[int] = set()
    for number, obj, handle, parent, field in nodes:
        cls = obj.__class__
        if start >= 0 and parent < start:
            yield start, number - start, tuple(kind), leaves
            start = -1
        if start >= 0:
            said: Any = None
            if cls is ir.Var:
                leaves.append(handle)
                said = handle if handle in special else None
            elif cls in CONSTANTS:
                value = obj.value
                leaves.append(value)
                said = value < 0
            elif cls is ir.Call:
                said = _read(obj)
            elif cls is ir.StringImm:
                value = obj.value
                leaves.append(value)
                said = _form(value) if field.startswith("message_parts") else value
            kind += cls, parent - start, said
        elif cls in ALIKE:
            start, kind, leaves = number, [cls], []
        elif cls is tirx.AttrStmt:
            variable = getattr(obj.node, "var", obj.node)
            special.add(variable.__chandle__() if variable.__class__ is ir.Var else 0)
    if start >= 0:
        yield start, nodes[-1].id + 1 - start, tuple(kind), leaves


def _read(call: Any) -> Any:
    """Return what a call says that no leaf of its own does: what is called, and how."""
    name = operator(call)
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


def heard(nodes: list[Occurrence], found: Collection[Family]) -> Nodes:
    """Return the nodes of a function but for those inside copies."""
    first, at = nodes[0].id, 0
    kept: list[Occurrence] = []
    for copy, size in sorted((copy, family.size) for family in found for copy in family.copies):
        start = copy - first
        kept += nodes[at : start + 1]
        at = start + size
    return {each.id: each for each in kept + nodes[at:]}


def strangers(nodes: list[Occurrence], found: Iterable[Family]) -> Iterator[int]:
    """Yield the copies that touch other buffers than those of their family before them.

    Some codegens write a buffer by what touches it: of vectors, where all that does is vectors.
    """
    first = nodes[0].id
    for family in found:
        start = family.ids[0] - first
        model = nodes[start : start + family.size]
        leaves = (each for each in model if each.obj.__class__ in LEAVES)
        ranks = [rank for rank, leaf in enumerate(leaves) if _is_touched(leaf)]
        touched = [tuple(means[rank] for rank in ranks) for means in family.leaves]
        seen = {touched[0]}
        for number, here in zip(family.copies, touched[1:], strict=True):
            if here not in seen:
                seen.add(here)
                yield number


def _is_touched(leaf: Occurrence) -> bool:
    """Whether a leaf is a buffer, or says how many of its elements are touched at once."""
    if leaf.obj.__class__ is ir.Var:
        return leaf.obj.ty.__class__ is not ir.PrimType
    return leaf.field == "lanes"

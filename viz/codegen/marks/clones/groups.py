"""Group the statements of a function that differ in names and numbers only: clones.

Unrolled loops make hundreds of them. One of each group, the representative, is marked;
:mod:`viz.codegen.marks.clones.runs` tells where its clones stand in the text, and
:mod:`viz.codegen.marks.clones.placement` copies the representative's marks to them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from tvm import ir, tirx

from viz.codegen.marks.instrument import SIMPLE_STATEMENTS
from viz.ir.labels import operator, type_key
from viz.ir.walker import CONSTANTS, LEAVES, Nodes, Occurrence
from viz.model import catalog

READ_ARGUMENT = catalog.codegen_calls().read_argument

VALUED = catalog.codegen_calls().types.valued

WORD = re.compile(r"\w+", re.ASCII)

MIN_CLONED_NODES = 24
"""How many nodes the clones of a group have at least: to compare their texts costs time, too."""


class CloneGroup(NamedTuple):
    """Statements with the same nodes in the same places.

    Attributes
    ----------
    ids
        The representative, and its clones.
    size
        How many nodes each has.
    leaves
        For each statement its leaves in pre-order: a variable's handle, or a constant's value.
    """

    ids: list[int]
    size: int
    leaves: list[list[Any]]

    @property
    def clones(self) -> list[int]:
        """Return all ids but the representative's."""
        return self.ids[1:]


def clone_groups(nodes: list[Occurrence], excluded: Collection[int]) -> list[CloneGroup]:
    """Return the groups of clones in a function that are worth it.

    Parameters
    ----------
    nodes
        All nodes of the function, in pre-order.
    excluded
        The statements that shall not be in a group.
    """
    found: dict[Any, CloneGroup] = {}
    for start, size, kind, leaves in _kinds(nodes):
        if start not in excluded:
            group = found.get(kind)
            if group is None:
                group = found[kind] = CloneGroup([], size, [])
            group.ids.append(start)
            group.leaves.append(leaves)
    return [each for each in found.values() if (len(each.ids) - 1) * each.size >= MIN_CLONED_NODES]


def _kinds(nodes: list[Occurrence]) -> Iterator[tuple[int, int, tuple[Any, ...], list[Any]]]:
    """Yield each simple statement: its id, how many nodes it has, its kind and its leaves."""
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
            meaning: Any = None
            if cls is ir.Var:
                leaves.append(handle)
                meaning = handle if handle in special else None
            elif cls in CONSTANTS:
                value = obj.value
                leaves.append(value)
                meaning = value < 0
            elif cls is ir.Call:
                meaning = _read(obj)
            elif cls is ir.StringImm:
                value = obj.value
                leaves.append(value)
                meaning = _form(value) if field.startswith("message_parts") else value
            kind += cls, parent - start, meaning
        elif cls in SIMPLE_STATEMENTS:
            start, kind, leaves = number, [cls], []
        elif cls is tirx.AttrStmt:
            variable = getattr(obj.node, "var", obj.node)
            special.add(variable.__chandle__() if variable.__class__ is ir.Var else 0)
    if start >= 0:
        yield start, nodes[-1].id + 1 - start, tuple(kind), leaves


def _read(call: Any) -> Any:
    """Return what tells a call from others, but for its arguments: its operator, and more."""
    name = operator(call)
    place = READ_ARGUMENT.get(name)
    if place is None:
        return name
    # To print a constant takes as long as everything else here.
    argument = call.args[place]
    return name, argument.value if type_key(argument) in VALUED else str(argument)


@lru_cache(maxsize=4096)
def _form(string: str) -> str:
    """Return a part of a message with all words alike."""
    return WORD.sub("w", string)


def nodes_to_instrument(nodes: list[Occurrence], groups: Collection[CloneGroup]) -> Nodes:
    """Return the nodes of a function but for those inside clones."""
    first, at = nodes[0].id, 0
    kept: list[Occurrence] = []
    for clone, size in sorted((clone, group.size) for group in groups for clone in group.clones):
        start = clone - first
        kept += nodes[at : start + 1]
        at = start + size
    return {each.id: each for each in kept + nodes[at:]}


def with_other_buffers(nodes: list[Occurrence], groups: Iterable[CloneGroup]) -> Iterator[int]:
    """Yield the clones that touch other buffers than those of their group before them.

    Some codegens write a buffer by what touches it: of vectors, where all that does is vectors.
    """
    first = nodes[0].id
    for group in groups:
        start = group.ids[0] - first
        representative = nodes[start : start + group.size]
        leaves = (each for each in representative if each.obj.__class__ in LEAVES)
        ranks = [rank for rank, leaf in enumerate(leaves) if _is_touched(leaf)]
        touched = [tuple(means[rank] for rank in ranks) for means in group.leaves]
        seen = {touched[0]}
        for number, buffers in zip(group.clones, touched[1:], strict=True):
            if buffers not in seen:
                seen.add(buffers)
                yield number


def variables_of(nodes: list[Occurrence], groups: Iterable[CloneGroup]) -> set[int]:
    """Return the variables of the statements of some groups.

    Parameters
    ----------
    nodes
        All nodes of their function, in pre-order.
    """
    first = nodes[0].id
    found: set[int] = set()
    for group in groups:
        start = group.ids[0] - first
        representative = nodes[start : start + group.size]
        classes = [each.obj.__class__ for each in representative if each.obj.__class__ in LEAVES]
        columns = zip(*group.leaves, strict=True)
        for cls, column in zip(classes, columns, strict=True):
            if cls is ir.Var:
                found.update(column)
    return found


def _is_touched(leaf: Occurrence) -> bool:
    """Whether a leaf is a buffer, or says how many of its elements are touched at once."""
    if leaf.obj.__class__ is ir.Var:
        return leaf.obj.ty.__class__ is not ir.PrimType
    return leaf.field == "lanes"

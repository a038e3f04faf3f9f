"""Give equal operands the same marks, where a codegen may write them once, and tell them apart.

C writes an operand of a minimum once for all that is in its scope: ``int32_t v_ = …;``, and the
name wherever the same text would stand again. So does CUDA with the operands of vectors. If each
had a mark of its own, their texts would no longer be the same. So equal operands bear the marks of
the first of them; afterwards each place is given to the node that wrote it. A node without a place
of its own stands in that of an equal one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tvm import ir, tirx
from tvm_ffi import StructuralKey

from viz.codegen.marks.instrument import FunctionNodes
from viz.ir.labels import is_a
from viz.ir.walker import LEAVES, Nodes, Occurrence
from viz.marking.align import Placed

Equals = Mapping[int, int]
"""The first of some equal nodes, by each of the others."""


def equal_operands(function: FunctionNodes) -> dict[int, int]:
    """Return for each node in an operand the same node in the first operand that is equal to it.

    Only those operands count to which a codegen may give names.
    """
    below = _Below(function.nodes)
    first: dict[StructuralKey, int] = {}
    found: dict[int, int] = {}
    for number, node in function.nodes.items():
        if not _may_be_named(function, node):
            continue
        original = first.setdefault(StructuralKey(node.obj), number)
        if original != number and number not in found:
            pairs = zip(below.expressions(number), below.expressions(original), strict=True)
            found.update((one, found.get(other, other)) for one, other in pairs)
    return found


def _may_be_named(function: FunctionNodes, node: Occurrence) -> bool:
    """Whether a codegen may give an expression a name: an operand of a minimum, or a vector."""
    cls = node.obj.__class__
    if cls in LEAVES or not is_a(cls, ir.Expr) or function.parent(node) is None:
        return False
    if function.field(node).names:
        return True
    return node.obj.ty.__class__ is ir.PrimType and not function.is_scalar(node.obj)


class _Below:
    """Finds the expressions below a node: its types have nodes too, where they are met first."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._numbers = [*nodes]
        self._rank = {number: rank for rank, number in enumerate(self._numbers)}

    def expressions(self, number: int) -> Iterator[int]:
        """Yield a node and the expressions below it, in pre-order."""
        found = {number}
        yield number
        for other in self._numbers[self._rank[number] + 1 :]:
            node = self._nodes[other]
            if node.parent < number:
                return
            if node.parent in found and is_a(node.obj.__class__, ir.Expr):
                found.add(other)
                yield other


class ToldApart(NamedTuple):
    """Marks of equal operands, each with the node that wrote it.

    Attributes
    ----------
    placed
        All marks.
    elsewhere
        The nodes that stand in the place of an equal one.
    """

    placed: Placed
    elsewhere: set[int]


def tell_apart(placed: Placed, equals: Equals, functions: list[Nodes]) -> ToldApart:
    """Give each place of equal operands to the one of them that wrote it.

    A place inside another expression's mark is that of an operand below that expression. Others are
    given in order to the operands of their statement: the first one is written, and the rest have
    its name.
    """
    if not equals:
        return ToldApart(placed, set())
    nodes = {number: node for each in functions for number, node in each.items()}
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for number, original in equals.items():
        groups[original].append(number)
    for original, others in groups.items():
        others.insert(0, original)
    return _Places(placed, groups, nodes).told_apart()


NOBODY = -1
OPEN = -2
"""The owner of a place that is not known yet."""


class _Place(NamedTuple):
    start: int
    end: int
    number: int
    around: int
    """The index of the innermost mark around this one, or -1."""


class _Places:
    """The places of marks, those of equal operands to be given to their nodes."""

    def __init__(self, placed: Placed, groups: Mapping[int, list[int]], nodes: Nodes) -> None:
        self._groups = groups
        self._nodes = nodes
        self._places: list[_Place] = []
        stack: list[int] = []
        for start, end, number in sorted(placed, key=lambda each: (each[0], -each[1], each[2])):
            while stack and self._places[stack[-1]].end <= start:
                stack.pop()
            self._places.append(_Place(start, end, number, stack[-1] if stack else -1))
            stack.append(len(self._places) - 1)
        self._owner = [OPEN if place.number in groups else place.number for place in self._places]
        self._taken: set[int] = set()

    def told_apart(self) -> ToldApart:
        """Return the marks by their nodes."""
        unknown = [i for i, owner in enumerate(self._owner) if owner == OPEN]
        while unknown:
            # Inside the mark of another such operand: once it is known whose that is.
            ready = [i for i in unknown if self._around(i) != OPEN]
            self._give(ready)
            unknown = [i for i in unknown if self._owner[i] == OPEN]
        placed = [
            (place.start, place.end, owner)
            for place, owner in zip(self._places, self._owner, strict=True)
            if owner >= 0
        ]
        having = {number for _, _, number in placed}
        elsewhere = {
            number
            for members in self._groups.values()
            if not having.isdisjoint(members)
            for number in members
            if number not in having
        }
        return ToldApart(placed, elsewhere)

    def _around(self, i: int) -> int:
        """Return the owner of the mark around a place."""
        around = self._places[i].around
        return self._owner[around] if around >= 0 else NOBODY

    def _give(self, ready: list[int]) -> None:
        """Find the owners of places inside marks whose owners are known."""
        alike: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for i in ready:
            alike[self._around(i), self._places[i].number].append(i)
        # Inside expressions first: what is left belongs to what their statement writes before.
        for around, number in sorted(alike, reverse=True):
            places = alike[around, number]
            members = [
                member
                for member in self._groups[number]
                if member not in self._taken and self._is_below(member, around)
            ]
            for i, owner in zip(places, self._shared_out(members, len(places)), strict=True):
                self._owner[i] = owner
                self._taken.add(owner)

    def _shared_out(self, members: list[int], places: int) -> list[int]:
        """Return the owners of as many places, which are written in the order of the members."""
        if len(members) == 1:
            return members * places
        times = self._times(members[0]) if members else 1
        if places % times or places > len(members) * times:
            return [NOBODY] * places
        return [member for member in members[: places // times] for _ in range(times)]

    def _times(self, operand: int) -> int:
        """Return how often an operand is written: that of a Broadcast for each lane."""
        parent = self._nodes[self._nodes[operand].parent].obj
        lanes: Any = getattr(parent, "lanes", None)
        return int(lanes.value) if lanes.__class__ is tirx.IntImm else 1

    def _is_below(self, number: int, around: int) -> bool:
        while number > around:
            number = self._nodes[number].parent if number in self._nodes else -1
        return number == around

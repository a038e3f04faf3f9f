"""Statements that are alike: the same nodes in the same places, with other names and numbers.

Unrolled loops write hundreds of them. One of each kind, the model, is marked; a copy of it is only
put between statement marks. Where a copy's text has the model's words, but for the names and
numbers of its own leaves, each of which says what it must, the model's marks are laid over it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import accumulate, compress, count
from operator import ne
from typing import Any, NamedTuple

from tvm import ir, tirx

from viz.engine.alignment import Placed
from viz.engine.echoes import TEMPORARY
from viz.engine.leaves import says
from viz.engine.nodes import CONSTANTS, Nodes, Occurrence

LEAVES = CONSTANTS | {ir.Var, ir.StringImm}

ALIKE = frozenset((tirx.BufferStore, tirx.Bind, tirx.Evaluate))
"""Statements without others inside, whose text stands in one piece."""

READ = {"tirx.tvm_struct_get": 2, "tirx.tvm_struct_set": 2, "tirx.tvm_call_packed_lowered": 0}
"""Calls of which one argument, by its number, is read by the codegens rather than written."""

WORTH = 24
"""How many nodes there must be in the copies of a statement: each text is compared, too."""

WORD = re.compile(r"(\w+)")


class Copy(NamedTuple):
    """A statement that is like another: the ids of both, and how many nodes each has."""

    id: int
    model: int
    size: int


def copies(nodes: list[Occurrence], apart: Collection[int]) -> Iterator[Copy]:
    """Yield the statements of a function that are like an earlier one.

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
            kind.append((cls, parent - start, field, said))
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
    return (name, str(call.args[place])) if place is not None else name


def heard(nodes: list[Occurrence], found: Collection[Copy]) -> Nodes:
    """Return the nodes of a function but for those inside copies."""
    inside = {i for each in found for i in range(each.id + 1, each.id + each.size)}
    return {each.id: each for each in nodes if each.id not in inside}


class Laying:
    """Lays the marks of models over their copies.

    Parameters
    ----------
    text, placed
        An emission, and its marks but for those inside copies.
    covering
        The marked nodes of it that stand in for others.

    Attributes
    ----------
    unlike
        The copies that say something else than their models.
    """

    def __init__(self, text: str, placed: Placed, covering: set[int]) -> None:
        self.text = text
        self.unlike: set[int] = set()
        self.covering = set(covering)
        self._found = list(placed)
        self._ranges: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for start, end, number in placed:
            self._ranges[number].append((start, end))

    def placed(self) -> Placed:
        """Return all marks, in the order in which they open."""
        return [(a, -b, n) for a, b, n in sorted([(a, -b, n) for a, b, n in self._found])]

    def lay(self, heard: Nodes, nodes: list[Occurrence], found: Collection[Copy]) -> None:
        """Mark the copies of a function.

        Parameters
        ----------
        heard
            Its nodes but for those inside copies.
        nodes
            All its nodes.
        found
            Its copies.
        """
        first = nodes[0].id
        spelled = _Spelled()
        for number, node in heard.items():
            if node.obj.__class__ is ir.Var:
                said = (self.text[a:b] for a, b in self._ranges.get(number, ()))
                spelled.names[node.handle].update(said)
        models: dict[int, _Model | None] = {}
        for each in found:
            if each.model not in models:
                models[each.model] = self._model(each, nodes)
            model, ranges = models[each.model], self._ranges.get(each.id, [])
            if model is None or len(ranges) != len(model.ranges):
                self.unlike.add(each.id)
                continue
            if not ranges:
                continue  # neither wrote anything
            own = nodes[each.id - first : each.id - first + each.size]
            marks = model.laid(self.text, *ranges[0], own, spelled)
            if marks is None:
                self.unlike.add(each.id)
                continue
            self._found += marks
            self.covering.update(each.id + at for at in model.covering)

    def _model(self, copy: Copy, nodes: list[Occurrence]) -> _Model | None:
        """Take the model of a copy apart; None where its marks cannot be another's."""
        own = range(copy.model, copy.model + copy.size)
        ranges = self._ranges.get(copy.model, [])
        inside = [(a, b, n) for n in own[1:] for a, b in self._ranges.get(n, ())]
        if len(ranges) > 1 or (inside and not ranges):
            return None
        start, end = ranges[0] if ranges else (0, 0)
        if any(a < start or b > end for a, b, _ in inside):
            return None
        first = nodes[0].id
        covering = [n - copy.model for n in own if n in self.covering]
        here = nodes[copy.model - first : copy.model - first + copy.size]
        marks = [(a - start, b - start, n - copy.model) for a, b, n in inside]
        return _Model(self.text[start:end], ranges, marks, here, covering)


class _Place(NamedTuple):
    """A place in a text taken apart: the number of a piece, and how far into it."""

    piece: int
    into: int


class _Leaf(NamedTuple):
    """A leaf of a model that has a mark: the mark's number, the leaf's, what it says there."""

    mark: int
    at: int
    leaf: Occurrence
    said: str


class _Model:
    """A marked statement, taken apart into its words and what is between them."""

    def __init__(
        self,
        text: str,
        ranges: list[tuple[int, int]],
        marks: Placed,
        nodes: list[Occurrence],
        covering: list[int],
    ) -> None:
        self.ranges = ranges
        self.covering = covering
        pieces = WORD.split(text)
        self._between, self._words = pieces[::2], pieces[1::2]
        self._bounds = [*accumulate(map(len, pieces), initial=0)]
        self._fixed: set[int] = set()
        self._marks = [(self._place(a), self._place(b), number) for a, b, number in marks]
        self._leaves = [
            _Leaf(i, at, nodes[at], text[a:b])
            for i, (a, b, at) in enumerate(marks)
            if nodes[at].obj.__class__ in LEAVES
        ]
        self._free: set[int] = set()
        for each in self._leaves:
            (first, _), (last, into), _ = self._marks[each.mark]
            self._free.update(i // 2 for i in range(first | 1, last + (into > 0), 2))
        self._free -= self._fixed
        self._temporaries = [i for i, word in enumerate(self._words) if TEMPORARY.fullmatch(word)]

    def _place(self, offset: int) -> _Place:
        piece = bisect_right(self._bounds, offset) - 1
        into = offset - self._bounds[piece]
        if piece % 2 and into:  # within a word
            self._fixed.add(piece // 2)
        return _Place(piece, into)

    def laid(
        self, text: str, start: int, end: int, own: list[Occurrence], spelled: _Spelled
    ) -> Placed | None:
        """Return the marks of a copy, or None where it says something else.

        Parameters
        ----------
        own
            The copy's nodes.
        """
        pieces = WORD.split(text[start:end])
        words = pieces[1::2]
        if len(words) != len(self._words) or pieces[::2] != self._between:
            return None
        renamed = {self._words[i]: words[i] for i in self._temporaries}
        if len(set(renamed.values())) < len(renamed):
            return None
        for i in compress(count(), map(ne, words, self._words)):
            if i in self._free:
                continue
            word = words[i]
            if renamed.get(self._words[i]) != word or not TEMPORARY.fullmatch(word):
                return None
        bounds = [*accumulate(map(len, pieces), initial=start)]
        number = own[0].id
        marks = [(bounds[a] + b, bounds[c] + d, number + at) for (a, b), (c, d), at in self._marks]
        for mark, at, model, said in self._leaves:
            a, b, _ = marks[mark]
            if not spelled.says(text[a:b], own[at], model, said):
                return None
        return marks


class _Spelled:
    """How the leaves of a function are written.

    Attributes
    ----------
    names
        What each variable is called, by its handle.
    """

    def __init__(self) -> None:
        self.names: defaultdict[int, set[str]] = defaultdict(set)
        self._sure: set[tuple[int, str]] = set()

    def says(self, word: str, leaf: Occurrence, model: Occurrence, said: str) -> bool:
        """Whether a leaf of a copy is written as it must be; ``model`` is written ``said``."""
        if (leaf.handle, word) in self._sure or (leaf.handle == model.handle and word == said):
            return True
        if leaf.obj.__class__ is not ir.Var:
            same = word == said and leaf.obj.value == model.obj.value
            right = same or says(word, leaf, {})
        else:
            names = self.names[leaf.handle]
            right = word in names if names else says(word, leaf, {})
            names.add(word)
        if right:
            self._sure.add((leaf.handle, word))
        return right

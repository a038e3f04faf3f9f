"""Which node of one stage became which of another, and what changed between them.

Nodes are paired in this order, and the first way that works wins: by object identity; by their TVM
span; by the Var they bind; by their place under parents that are paired. Identity and a span with
the same type are exact, everything else is inherited.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from viz.model import Certainty, Change, Node
from viz.passes.ancestry import BINDERS, LEAVES, NAMED

Walked = list[tuple[Node, Any]]
"""What :func:`viz.ir.walker.walk_objects` returns."""

SEQUENCE = "tirx.SeqStmt"


def pairs(before: Walked, after: Walked) -> list[tuple[int, int, Certainty]]:
    """Return which node of ``before`` became which of ``after``, by rising id of the latter.

    A node of ``after`` has one partner at most; several may share one (a loop that was unrolled).
    The two must be alive together, or identity means nothing.
    """
    pairing = _Pairing(_Side(before), _Side(after))
    pairing.roots()
    pairing.by_key(lambda side, i: side.handles[i], "exact")
    pairing.by_key(lambda side, i: side.span_key(i), "exact")
    pairing.by_key(lambda side, i: side.span(i), "inherited")
    pairing.by_key(lambda side, i: side.variable_key(i), "inherited")
    pairing.by_key(lambda side, i: side.variable(i), "inherited")
    pairing.by_place()
    return [
        (partner, i, pairing.certainty[i])
        for i, partner in enumerate(pairing.partner)
        if partner is not None
    ]


class _Side:
    """One of the two trees: what its nodes are and where they stand."""

    def __init__(self, walked: Walked) -> None:
        self.nodes = [node for node, _ in walked]
        self.objects = [obj for _, obj in walked]
        self.handles = [int(obj.__chandle__()) for obj in self.objects]
        self.parent = [-1] * len(walked)
        self.field = [""] * len(walked)
        for node in self.nodes:
            for child in node.children:
                self.parent[child.id], self.field[child.id] = node.id, child.field

    def is_leaf(self, i: int) -> bool:
        """Whether a node says nothing of its own: the same Var or number stands in many places."""
        return self.objects[i].__class__ in LEAVES or self.nodes[i].kind not in (
            "expr",
            "stmt",
            "func",
        )

    def span(self, i: int) -> Hashable:
        span = getattr(self.objects[i], "span", None)
        return None if span is None else int(span.__chandle__())

    def span_key(self, i: int) -> Hashable:
        span = self.span(i)
        return None if span is None else (span, self.nodes[i].type_key)

    def variable(self, i: int) -> Hashable:
        cls = self.objects[i].__class__
        variable = NAMED[cls](self.objects[i]) if cls in BINDERS else None
        return None if variable is None else int(variable.__chandle__())

    def variable_key(self, i: int) -> Hashable:
        variable = self.variable(i)
        return None if variable is None else (variable, self.nodes[i].type_key)

    def base(self, i: int) -> str:
        """Return the field a node stands in, without its index."""
        return self.field[i].partition("[")[0]

    def buffer(self, i: int) -> str:
        """Return the name of the buffer or variable that a node is about."""
        cls = self.objects[i].__class__
        variable = NAMED[cls](self.objects[i]) if cls in NAMED else None
        return str(getattr(variable, "name", ""))

    def around(self, i: int) -> int:
        """Return the parent, or the nearest one that is no SeqStmt."""
        above = self.parent[i]
        while above >= 0 and self.nodes[above].type_key == SEQUENCE:
            above = self.parent[above]
        return above

    def children(self, i: int) -> Iterator[int]:
        return (child.id for child in self.nodes[i].children)


PLACES: tuple[Callable[[_Side, int], Hashable], ...] = (
    lambda side, i: (side.field[i], side.nodes[i].type_key, side.nodes[i].label),
    lambda side, i: (side.base(i), side.nodes[i].type_key, side.nodes[i].label),
    lambda side, i: (side.base(i), side.nodes[i].type_key, side.buffer(i)),
    lambda side, i: (side.field[i], side.nodes[i].type_key),
    lambda side, i: (side.base(i), side.nodes[i].type_key),
)
"""What siblings under paired parents are matched by, the surest first; equal ones in order."""


class _Pairing:
    """The pairs found so far."""

    def __init__(self, before: _Side, after: _Side) -> None:
        self.before = before
        self.after = after
        self.partner: list[int | None] = [None] * len(after.nodes)
        self.certainty: list[Certainty] = ["inherited"] * len(after.nodes)
        self.used = [0] * len(before.nodes)

    def pair(self, was: int, now: int, certainty: Certainty) -> None:
        self.partner[now] = was
        self.certainty[now] = certainty
        self.used[was] += 1

    def roots(self) -> None:
        """Pair the two modules, and functions of the same name."""
        known = {
            (node.type_key, node.path): node.id
            for node in self.before.nodes
            if node.kind in ("module", "func")
        }
        for node in self.after.nodes:
            was = known.get((node.type_key, node.path))
            if was is not None:
                same = self.before.handles[was] == self.after.handles[node.id]
                self.pair(was, node.id, "exact" if same else "inherited")

    def by_key(self, key: Callable[[_Side, int], Hashable], certainty: Certainty) -> None:
        """Pair what has the same key: first under the same parent, then in order, then shared."""
        known: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        last: dict[Hashable, int] = {}
        for i in range(len(self.before.nodes)):
            if not self.before.is_leaf(i) and (found := key(self.before, i)) is not None:
                last.setdefault(found, i)
                if not self.used[i]:
                    known[found].append(i)
                    known[found, self.before.parent[i]].append(i)
        for i, partner in enumerate(self.partner):
            if partner is not None or self.after.is_leaf(i):
                continue
            found = key(self.after, i)
            if found is None or found not in last:
                continue
            above = self.after.parent[i]
            beside = known.get((found, self.partner[above] if above >= 0 else -1))
            was = self._unused(beside)
            if was is None:
                was = self._unused(known.get(found))
            last[found] = last[found] if was is None else was
            self.pair(last[found], i, certainty)

    def _unused(self, queue: deque[int] | None) -> int | None:
        while queue:
            found = queue.popleft()
            if not self.used[found]:
                return found
        return None

    def by_place(self) -> None:
        """Pair what stands in the same place, parents before children."""
        for i, was in enumerate(self.partner):
            if self.partner[i] is not None:
                self._below(self.partner[i], i)  # type: ignore[arg-type]
            elif was is None and self.after.parent[i] >= 0:
                self._through(i)

    def _below(self, was: int, now: int) -> None:
        shared = self.used[was] > 1
        old = [each for each in self.before.children(was) if shared or not self.used[each]]
        new = [each for each in self.after.children(now) if self.partner[each] is None]
        self._match(old, new)

    def _match(self, old: list[int], new: list[int]) -> None:
        taken: set[int] = set()
        for place in PLACES:
            if len(taken) == len(old) or not new:
                return
            waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
            for each in old:
                if each not in taken:
                    waiting[place(self.before, each)].append(each)
            for each in new:
                queue = waiting.get(place(self.after, each))
                if queue:
                    was = queue.popleft()
                    taken.add(was)
                    same = self.before.handles[was] == self.after.handles[each]
                    self.pair(was, each, "exact" if same else "inherited")
            new = [each for each in new if self.partner[each] is None]

    def _through(self, now: int) -> None:
        """Pair across one node that was put in between, or taken out."""
        above = self.partner[self.after.parent[now]]
        if above is None:
            return
        base = self.after.base(now)
        left = [
            each
            for each in self.before.children(above)
            if not self.used[each] and self.before.base(each) == base
        ]
        new_key, old_key = self.after.nodes[now].type_key, self.before.nodes
        for each in left:
            inside = [x for x in self.before.children(each) if old_key[x].type_key == new_key]
            if len(inside) == 1 and not self.used[inside[0]]:
                self.pair(inside[0], now, "inherited")
                self._below(inside[0], now)
                return
        for each in left:
            inner = [
                x
                for x in self.after.children(now)
                if self.after.nodes[x].type_key == old_key[each].type_key
            ]
            if len(inner) == 1 and self.partner[inner[0]] is None:
                self.pair(each, inner[0], "inherited")
                return


def changes(before: Walked, after: Walked) -> tuple[Change, ...]:
    """Return the nodes that differ, by :func:`pairs`: those of ``after`` first, then the removed.

    ``changed`` is a node whose own type, dtype or fields differ, whatever stands below it;
    ``moved`` one whose parent is not its partner's parent, SeqStmts not counted: they only list. Of
    a subtree that is new or gone as a whole only the top is told, and of a new node around old ones
    the node without its own expressions. Types are left out: the dtype of an expression says the
    same.
    """
    old, new = _Side(before), _Side(after)
    partner: dict[int, int] = {now: was for was, now, _ in pairs(before, after)}
    found: list[Change] = []
    added = _tops(new, set(partner))
    for i, node in enumerate(new.nodes):
        was = partner.get(i)
        if was is None:
            if i in added:
                found.append(Change(kind="added", after=i))
        elif not new.is_leaf(i) or node.kind == "expr":
            if _own(node) != _own(old.nodes[was]):
                found.append(Change(kind="changed", before=was, after=i))
            if not new.is_leaf(i) and not _stayed(old, new, was, i, partner):
                found.append(Change(kind="moved", before=was, after=i))
    removed = _tops(old, set(partner.values()))
    return (*found, *(Change(kind="removed", before=i) for i in sorted(removed)))


def _stayed(old: _Side, new: _Side, was: int, now: int, partner: dict[int, int]) -> bool:
    ways = (old.parent[was], new.parent[now]), (old.around(was), new.around(now))
    return any(partner.get(here, -1) == there for there, here in ways)


def _tops(side: _Side, paired: set[int]) -> set[int]:
    """Return the nodes without a partner, of whole subtrees without one only the top."""
    whole = [True] * len(side.nodes)
    for i in range(len(side.nodes) - 1, 0, -1):
        whole[i] = whole[i] and i not in paired
        whole[side.parent[i]] = whole[side.parent[i]] and whole[i]
    types = [False] * len(side.nodes)
    for i, node in enumerate(side.nodes):
        types[i] = node.kind == "type" or (i > 0 and types[side.parent[i]])
    return {
        i
        for i in range(len(side.nodes))
        if i not in paired
        and not types[i]
        and (i == 0 or side.parent[i] in paired or _tells(side, i, whole))
    }


def _tells(side: _Side, i: int, whole: list[bool]) -> bool:
    """Whether a node below another one without a partner is a change of its own."""
    return not whole[i] or (not whole[side.parent[i]] and side.nodes[i].kind == "stmt")


def _own(node: Node) -> tuple[Any, ...]:
    # Labels of inner nodes repeat what stands below them.
    return (node.type_key, node.dtype, node.fields, "" if node.children else node.label)

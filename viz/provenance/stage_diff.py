"""Pair the nodes of two stages, and list the changes between them.

Nodes are paired in this order, and the first way that works wins: by object identity; by their TVM
span; by the Var they bind; by their place under parents that are paired. Identity and a span with
the same type are exact, everything else is inherited. What an object of TVM's says of these is
asked of the engine (:class:`Identities`).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Protocol

from viz.model import Certainty, Change, Node

Walked = list[tuple[Node, Any]]
"""The nodes of a stage in pre-order, with the objects they were made from."""

SEQUENCE = "SeqStmt"
"""The title of statements that only list others."""


class Identities(Protocol):
    """What tells that two objects are one node of the program."""

    def handle(self, obj: Any) -> int:
        """Return an object's address."""

    def span(self, obj: Any) -> Hashable:
        """Return what an object's place in the user's text is known by, None without."""

    def binds(self, obj: Any) -> Hashable:
        """Return the address of the Var that an object binds, None without."""

    def subject(self, obj: Any) -> str:
        """Return the name of the buffer or Var that an object is about, empty without."""

    def is_shared(self, obj: Any) -> bool:
        """Whether an object stands in many places, as a Var and a number do."""


def pairs(
    before: Walked, after: Walked, identities: Identities
) -> list[tuple[int, int, Certainty]]:
    """Return which node of ``before`` became which of ``after``, by rising id of the latter.

    A node of ``after`` has one partner at most; several may share one (a loop that was unrolled).
    The two must be alive together, or identity means nothing.
    """
    diff = _StageDiff(_StageTree(before, identities), _StageTree(after, identities))
    diff.pair_roots()
    diff.pair_by_key(lambda tree, i: tree.handles[i], "exact")
    diff.pair_by_key(lambda tree, i: tree.span_key(i), "exact")
    diff.pair_by_key(lambda tree, i: tree.span(i), "inherited")
    diff.pair_by_key(lambda tree, i: tree.variable_key(i), "inherited")
    diff.pair_by_key(lambda tree, i: tree.variable(i), "inherited")
    diff.pair_by_place()
    return [
        (partner, i, diff.certainty[i])
        for i, partner in enumerate(diff.partner)
        if partner is not None
    ]


class _StageTree:
    """One of the two trees: what its nodes are and where they stand."""

    def __init__(self, walked: Walked, identities: Identities) -> None:
        self._identities = identities
        self.nodes = [node for node, _ in walked]
        self.objects = [obj for _, obj in walked]
        self.handles = [*map(identities.handle, self.objects)]
        self.parent = [-1] * len(walked)
        self.field = [""] * len(walked)
        for node in self.nodes:
            for child in node.children:
                self.parent[child.id], self.field[child.id] = node.id, child.field

    def is_leaf(self, i: int) -> bool:
        """Whether a node has no identity: the same Var or number stands in many places."""
        return self._identities.is_shared(self.objects[i]) or self.nodes[i].kind not in (
            "expr",
            "stmt",
            "func",
        )

    def span(self, i: int) -> Hashable:
        return self._identities.span(self.objects[i])

    def span_key(self, i: int) -> Hashable:
        span = self.span(i)
        return None if span is None else (span, self.nodes[i].type_key)

    def variable(self, i: int) -> Hashable:
        return self._identities.binds(self.objects[i])

    def variable_key(self, i: int) -> Hashable:
        variable = self.variable(i)
        return None if variable is None else (variable, self.nodes[i].type_key)

    def field_name(self, i: int) -> str:
        """Return the field a node stands in, without its index."""
        return self.field[i].partition("[")[0]

    def buffer(self, i: int) -> str:
        """Return the name of the buffer or variable that a node is about."""
        return self._identities.subject(self.objects[i])

    def nearest_parent(self, i: int) -> int:
        """Return the nearest ancestor that is no SeqStmt, -1 for none."""
        above = self.parent[i]
        while above >= 0 and self.nodes[above].title == SEQUENCE:
            above = self.parent[above]
        return above

    def children(self, i: int) -> Iterator[int]:
        return (child.id for child in self.nodes[i].children)

    def children_of_type(self, i: int, type_key: str) -> list[int]:
        return [child for child in self.children(i) if self.nodes[child].type_key == type_key]


PLACES: tuple[Callable[[_StageTree, int], Hashable], ...] = (
    lambda tree, i: (tree.field[i], tree.nodes[i].type_key, tree.nodes[i].label),
    lambda tree, i: (tree.field_name(i), tree.nodes[i].type_key, tree.nodes[i].label),
    lambda tree, i: (tree.field_name(i), tree.nodes[i].type_key, tree.buffer(i)),
    lambda tree, i: (tree.field[i], tree.nodes[i].type_key),
    lambda tree, i: (tree.field_name(i), tree.nodes[i].type_key),
)
"""What siblings under paired parents are matched by, the surest first; equal ones in order."""


class _StageDiff:
    """The pairs of nodes of two stages, as far as they are found.

    ``partner`` has the node of ``before`` for each of ``after``; ``used`` how many nodes of
    ``after`` each of ``before`` is paired with.
    """

    def __init__(self, before: _StageTree, after: _StageTree) -> None:
        self.before = before
        self.after = after
        self.partner: list[int | None] = [None] * len(after.nodes)
        self.certainty: list[Certainty] = ["inherited"] * len(after.nodes)
        self.used = [0] * len(before.nodes)

    def pair(self, old_node: int, new_node: int, certainty: Certainty) -> None:
        self.partner[new_node] = old_node
        self.certainty[new_node] = certainty
        self.used[old_node] += 1

    def pair_roots(self) -> None:
        """Pair the two modules, and functions of the same name."""
        known = {
            (node.type_key, node.path): node.id
            for node in self.before.nodes
            if node.kind in ("module", "func")
        }
        for node in self.after.nodes:
            old_node = known.get((node.type_key, node.path))
            if old_node is not None:
                same = self.before.handles[old_node] == self.after.handles[node.id]
                self.pair(old_node, node.id, "exact" if same else "inherited")

    def pair_by_key(self, key: Callable[[_StageTree, int], Hashable], certainty: Certainty) -> None:
        """Pair what has the same key: first under the same parent, then in order, then shared."""
        waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        latest: dict[Hashable, int] = {}
        for i in range(len(self.before.nodes)):
            if not self.before.is_leaf(i) and (value := key(self.before, i)) is not None:
                latest.setdefault(value, i)
                if not self.used[i]:
                    waiting[value].append(i)
                    waiting[value, self.before.parent[i]].append(i)
        for i, partner in enumerate(self.partner):
            if partner is not None or self.after.is_leaf(i):
                continue
            value = key(self.after, i)
            if value is None or value not in latest:
                continue
            parent = self.after.parent[i]
            siblings = waiting.get((value, self.partner[parent] if parent >= 0 else -1))
            old_node = self._unused(siblings)
            if old_node is None:
                old_node = self._unused(waiting.get(value))
            latest[value] = latest[value] if old_node is None else old_node
            self.pair(latest[value], i, certainty)

    def _unused(self, queue: deque[int] | None) -> int | None:
        while queue:
            node = queue.popleft()
            if not self.used[node]:
                return node
        return None

    def pair_by_place(self) -> None:
        """Pair what stands in the same place, parents before children."""
        for i in range(len(self.partner)):
            old_node = self.partner[i]  # of a child, which its parent's turn may have paired
            if old_node is not None:
                self._pair_children(old_node, i)
            elif self.after.parent[i] >= 0:
                self._pair_across(i)

    def _pair_children(self, old_node: int, new_node: int) -> None:
        shared = self.used[old_node] > 1
        old = [child for child in self.before.children(old_node) if shared or not self.used[child]]
        new = [child for child in self.after.children(new_node) if self.partner[child] is None]
        self._pair_siblings(old, new)

    def _pair_siblings(self, old: list[int], new: list[int]) -> None:
        paired: set[int] = set()
        for place in PLACES:
            if len(paired) == len(old) or not new:
                return
            waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
            for old_node in old:
                if old_node not in paired:
                    waiting[place(self.before, old_node)].append(old_node)
            for new_node in new:
                queue = waiting.get(place(self.after, new_node))
                if queue:
                    old_node = queue.popleft()
                    paired.add(old_node)
                    same = self.before.handles[old_node] == self.after.handles[new_node]
                    self.pair(old_node, new_node, "exact" if same else "inherited")
            new = [new_node for new_node in new if self.partner[new_node] is None]

    def _pair_across(self, new_node: int) -> None:
        """Pair across one node that was put in between, or taken out."""
        parent = self.partner[self.after.parent[new_node]]
        if parent is None:
            return
        field = self.after.field_name(new_node)
        unused = [
            old_node
            for old_node in self.before.children(parent)
            if not self.used[old_node] and self.before.field_name(old_node) == field
        ]
        for old_node in unused:  # taken out
            same_type = self.before.children_of_type(old_node, self.after.nodes[new_node].type_key)
            if len(same_type) == 1 and not self.used[same_type[0]]:
                self.pair(same_type[0], new_node, "inherited")
                self._pair_children(same_type[0], new_node)
                return
        for old_node in unused:  # put in between
            same_type = self.after.children_of_type(new_node, self.before.nodes[old_node].type_key)
            if len(same_type) == 1 and self.partner[same_type[0]] is None:
                self.pair(old_node, same_type[0], "inherited")
                return


def changes(before: Walked, after: Walked, identities: Identities) -> tuple[Change, ...]:
    """Return the nodes that differ, by :func:`pairs`: those of ``after`` first, then the removed.

    ``changed`` is a node whose own type, dtype or fields differ, whatever stands below it;
    ``moved`` one whose parent is not its partner's parent, SeqStmts not counted: they only list. Of
    a subtree that is new or gone as a whole only the top is returned, and of a new node around old
    ones the node without its own expressions. Types are left out: they repeat the dtype of an
    expression.
    """
    old, new = _StageTree(before, identities), _StageTree(after, identities)
    partner = {new_node: old_node for old_node, new_node, _ in pairs(before, after, identities)}
    changed: list[Change] = []
    added = _tops(new, set(partner))
    for i, node in enumerate(new.nodes):
        old_node = partner.get(i)
        if old_node is None:
            if i in added:
                changed.append(Change(kind="added", after=i))
        elif not new.is_leaf(i) or node.kind == "expr":
            if _own_content(node) != _own_content(old.nodes[old_node]):
                changed.append(Change(kind="changed", before=old_node, after=i))
            if not new.is_leaf(i) and not _stayed(old, new, old_node, i, partner):
                changed.append(Change(kind="moved", before=old_node, after=i))
    removed = _tops(old, set(partner.values()))
    return (*changed, *(Change(kind="removed", before=i) for i in sorted(removed)))


def _stayed(
    old: _StageTree, new: _StageTree, old_node: int, new_node: int, partner: dict[int, int]
) -> bool:
    parents = (
        (old.parent[old_node], new.parent[new_node]),
        (old.nearest_parent(old_node), new.nearest_parent(new_node)),
    )
    return any(partner.get(parent, -1) == before for before, parent in parents)


def _tops(tree: _StageTree, paired: set[int]) -> set[int]:
    """Return the nodes without a partner, of whole subtrees without one only the top."""
    whole = [True] * len(tree.nodes)
    for i in range(len(tree.nodes) - 1, 0, -1):
        whole[i] = whole[i] and i not in paired
        whole[tree.parent[i]] = whole[tree.parent[i]] and whole[i]
    types = [False] * len(tree.nodes)
    for i, node in enumerate(tree.nodes):
        types[i] = node.kind == "type" or (i > 0 and types[tree.parent[i]])
    return {
        i
        for i in range(len(tree.nodes))
        if i not in paired
        and not types[i]
        and (i == 0 or tree.parent[i] in paired or _is_change(tree, i, whole))
    }


def _is_change(tree: _StageTree, i: int, whole: list[bool]) -> bool:
    """Whether a node below another one without a partner is a change of its own."""
    return not whole[i] or (not whole[tree.parent[i]] and tree.nodes[i].kind == "stmt")


def _own_content(node: Node) -> tuple[Any, ...]:
    # Labels of inner nodes repeat what stands below them.
    return (node.type_key, node.dtype, node.fields, "" if node.children else node.label)

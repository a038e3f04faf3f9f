"""Pair the nodes of two Trees that were made apart from each other.

No object and no variable is shared. Nodes are paired in this order, and the first way that works
wins: modules, and functions of one name; equal subtrees that come from the same place; equal
subtrees that stand once in either tree, the largest first; nodes of one type from the same place;
other equal subtrees, in their order; nodes around paired ones; at last what stands in the same
place below a pair.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from itertools import pairwise

import msgspec

from viz.model import NodePair, PairKind, Tree, TreePairs
from viz.provenance.compare.subtrees import Subtrees

Places = Mapping[int, Hashable]
"""Where nodes come from, by id, in words that both trees share; those that are missing may be
anywhere."""

LEAST_SHARED = 0.3
"""The share of nodes below two nodes that are pairs, from which on the two are one."""

LEVELS_UP = 4
"""How far above the partner of a child the partner of its parent is looked for."""

LEAST_REPEATED = 4
"""Nodes of a subtree that is paired although it stands in several places: smaller ones, such as
``A[i]``, say little."""


def pair_trees(
    before: Tree,
    after: Tree,
    before_places: Places | None = None,
    after_places: Places | None = None,
    *,
    is_exact: bool = True,
) -> TreePairs:
    """Return how the nodes of two trees pair; with the trees swapped, the same pairs swapped.

    Parameters
    ----------
    before_places, after_places
        Where nodes come from: nodes of one place are paired rather than others.
    is_exact
        Whether all fields of nodes count. They do not between two generations of TVM.
    """
    sides = (before, before_places or {}), (after, after_places or {})
    # Of two equally good pairs one is taken: which, must not depend on the side.
    if _order(*sides[0]) > _order(*sides[1]):
        return swapped(_paired(*sides[1], *sides[0], is_exact=is_exact))
    return _paired(*sides[0], *sides[1], is_exact=is_exact)


def swapped(pairs: TreePairs) -> TreePairs:
    """Return pairs with their sides swapped."""
    turned = sorted(
        (NodePair(pair.after, pair.before, pair.kind) for pair in pairs.pairs),
        key=lambda pair: pair.before,
    )
    return TreePairs(pairs=tuple(turned), removed=pairs.added, added=pairs.removed)


def _order(tree: Tree, places: Places) -> tuple[int, bytes, str]:
    nodes = msgspec.json.encode([(n.type_key, n.label, n.dtype, n.fields) for n in tree.nodes])
    return len(tree.nodes), nodes, repr(sorted(places.items(), key=lambda item: item[0]))


def _paired(
    before: Tree, before_places: Places, after: Tree, after_places: Places, *, is_exact: bool
) -> TreePairs:
    pairing = _Pairing(Subtrees(before, is_exact=is_exact), Subtrees(after, is_exact=is_exact))
    pairing.pair_functions()
    pairing.pair_equal(before_places, after_places)
    pairing.pair_places(before_places, after_places)
    pairing.pair_repeated()
    pairing.pair_around()
    pairing.pair_below()
    return pairing.result()


class _Pairing:
    """The pairs of nodes of two trees, as far as they are found."""

    def __init__(self, old: Subtrees, new: Subtrees) -> None:
        self.old = old
        self.new = new
        numbers: dict[Hashable, int] = {}
        self.old_digest = old.digest(numbers)
        self.new_digest = new.digest(numbers)
        self.to_new: list[int | None] = [None] * len(old.nodes)
        self.to_old: list[int | None] = [None] * len(new.nodes)

    def pair(self, i: int, j: int) -> None:
        self.to_new[i], self.to_old[j] = j, i

    def pair_all(self, i: int, j: int) -> None:
        """Pair two equal subtrees, node by node, but for nodes that have a partner already."""
        waiting = [(i, j)]
        while waiting:
            i, j = waiting.pop()
            if self.to_new[i] is None and self.to_old[j] is None:
                self.pair(i, j)
            waiting += zip(self.old.counted(i), self.new.counted(j), strict=True)

    def pair_functions(self) -> None:
        known = {
            (node.title, node.path): node.id
            for node in self.old.nodes
            if node.kind in ("module", "func")
        }
        for node in self.new.nodes:
            i = known.get((node.title, node.path))
            if i is not None:
                self.pair(i, node.id)
        alone = [
            [node.id for node in tree.nodes if node.kind == "func" and partner[node.id] is None]
            for tree, partner in ((self.old, self.to_new), (self.new, self.to_old))
        ]
        if len(alone[0]) == len(alone[1]) == 1:
            self.pair(alone[0][0], alone[1][0])

    def pair_equal(self, old_places: Places, new_places: Places) -> None:
        """Pair equal subtrees: of one place in order, then those that stand once in either tree."""
        self._pair_groups(
            lambda i: (self.old_digest[i], old_places[i]) if i in old_places else None,
            lambda j: (self.new_digest[j], new_places[j]) if j in new_places else None,
            self.pair_all,
            is_usable=lambda olds, news: len(olds) == len(news),
        )
        self._pair_groups(
            lambda i: self.old_digest[i] if self.old.size[i] > 1 else None,
            lambda j: self.new_digest[j] if self.new.size[j] > 1 else None,
            self.pair_all,
            is_usable=lambda olds, news: len(olds) == len(news) == 1,
        )

    def pair_places(self, old_places: Places, new_places: Places) -> None:
        """Pair nodes of one type that come from the same place, in their order."""
        self._pair_groups(
            lambda i: (self.old.titles[i], old_places[i]) if i in old_places else None,
            lambda j: (self.new.titles[j], new_places[j]) if j in new_places else None,
            self.pair,
            is_usable=lambda _olds, _news: True,
        )

    def pair_repeated(self) -> None:
        """Pair equal subtrees that stand in several places, first those below a pair."""
        for is_near in (True, False):
            self._pair_groups(
                partial(self._repeated_key, self.old, self.old_digest, is_near, self.to_new),
                partial(self._repeated_key, self.new, self.new_digest, is_near, None),
                self.pair_all,
                is_usable=lambda _olds, _news: True,
            )

    def _repeated_key(
        self,
        tree: Subtrees,
        digest: list[int],
        is_near: bool,
        to_new: list[int | None] | None,
        i: int,
    ) -> Hashable:
        """Return the subtree of a node, if near with its parent, as a node of the second tree."""
        if tree.size[i] < LEAST_REPEATED:
            return None
        if not is_near:
            return digest[i]
        above = tree.parent[i] if to_new is None else to_new[tree.parent[i]]
        return None if above is None or tree.parent[i] < 0 else (digest[i], above)

    def _groups(
        self, old_key: Callable[[int], Hashable], new_key: Callable[[int], Hashable]
    ) -> tuple[dict[Hashable, list[int]], dict[Hashable, list[int]]]:
        """Return the nodes without a partner by key, on each side."""
        groups: tuple[dict[Hashable, list[int]], ...] = ({}, {})
        for group, partner, key in (
            (groups[0], self.to_new, old_key), (groups[1], self.to_old, new_key)
        ):  # fmt: skip
            for i, other in enumerate(partner):
                if other is None and (value := key(i)) is not None:
                    group.setdefault(value, []).append(i)
        return groups[0], groups[1]

    def _pair_groups(
        self,
        old_key: Callable[[int], Hashable],
        new_key: Callable[[int], Hashable],
        pair: Callable[[int, int], None],
        is_usable: Callable[[list[int], list[int]], bool],
    ) -> None:
        """Pair nodes with the same key in their order, those with the largest subtrees first."""
        olds, news = self._groups(old_key, new_key)
        for key in sorted(olds.keys() & news.keys(), key=lambda key: -self.old.size[olds[key][0]]):
            if not is_usable(olds[key], news[key]):
                continue
            left = [i for i in olds[key] if self.to_new[i] is None]
            right = [j for j in news[key] if self.to_old[j] is None]
            for i, j in zip(left, right, strict=False):
                if self.to_new[i] is None and self.to_old[j] is None:
                    pair(i, j)

    def pair_around(self) -> None:
        """Pair nodes of one type that have pairs below them, the inner ones first."""
        for i in range(len(self.old.nodes) - 1, -1, -1):
            if self.to_new[i] is not None or not self.old.nodes[i].children:
                continue
            shared: Counter[int] = Counter()
            for child in self.old.children(i):
                partner = self.to_new[child]
                if partner is None:
                    continue
                for up, j in enumerate(self.new.above(partner)):
                    if up == LEVELS_UP:
                        break
                    if self.to_old[j] is None and self.new.titles[j] == self.old.titles[i]:
                        shared[j] += self.old.size[child]
                        break
            best = max(shared.items(), key=lambda item: (item[1], -item[0]), default=None)
            if best is None:
                continue
            j, count = best
            if 2 * count >= LEAST_SHARED * (self.old.size[i] + self.new.size[j] - 2):
                self.pair(i, j)

    # ------------------------------------------------------------ by place

    def pair_below(self) -> None:
        """Pair what stands in the same place below a pair, parents before children."""
        for j, i in enumerate(self.to_old):
            if i is None and self.new.parent[j] >= 0:
                continue
            if i is not None:
                self._pair_children(i, j)

    def _pair_children(self, i: int, j: int) -> None:
        old, new = self.old, self.new
        left = [child for child in old.children(i) if self.to_new[child] is None]
        right = [child for child in new.children(j) if self.to_old[child] is None]
        for key in (
            lambda tree, n: (tree.field[n], tree.titles[n], tree.contents[n], tree.nodes[n].label),
            lambda tree, n: (tree.field_name(n), tree.titles[n], tree.nodes[n].label),
            lambda tree, n: (tree.field_name(n), tree.titles[n]),
            # What stands where something else stood: a product in the place of a sum.
            lambda tree, n: None if tree.is_listed(n) else (tree.field[n], tree.nodes[n].kind),
        ):
            waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
            for child in left:
                if self.to_new[child] is None and (value := key(old, child)) is not None:
                    waiting[value].append(child)
            for child in right:
                if self.to_old[child] is None and (queue := waiting.get(key(new, child))):
                    self.pair(queue.popleft(), child)

    # ------------------------------------------------------------ what became of them

    def result(self) -> TreePairs:
        out_of_order = self._out_of_order()
        pairs = tuple(
            NodePair(i, j, self._kind(i, j, out_of_order))
            for i, j in enumerate(self.to_new)
            if j is not None
        )
        removed = (i for i, partner in enumerate(self.to_new) if partner is None)
        added = (j for j, partner in enumerate(self.to_old) if partner is None)
        return TreePairs(pairs=pairs, removed=tuple(removed), added=tuple(added))

    def _kind(self, i: int, j: int, out_of_order: set[int]) -> PairKind:
        if self.old.contents[i] != self.new.contents[j]:
            return "changed"
        return "kept" if i not in out_of_order and self._is_below_pair(i, j) else "moved"

    def _is_below_pair(self, i: int, j: int) -> bool:
        """Whether the nearest nodes around two that have partners are each other's."""
        outer = next((n for n in self.old.above(i) if self.to_new[n] is not None), None)
        around = next((n for n in self.new.above(j) if self.to_old[n] is not None), None)
        return around is None if outer is None else self.to_new[outer] == around

    def _out_of_order(self) -> set[int]:
        """Return the nodes whose siblings come in another order: the fewest that explain it."""
        moved: set[int] = set()
        for node in self.old.nodes:
            row = [
                (child.id, partner)
                for child in node.children
                if (partner := self.to_new[child.id]) is not None
            ]
            if any(first[1] > second[1] for first, second in pairwise(row)):
                moved |= {i for i, _ in row} - _rising(row)
        return moved


def _rising(row: list[tuple[int, int]]) -> set[int]:
    """Return the first members of a longest part of a row whose second members rise."""
    ends: list[int] = []
    best: list[int] = []
    previous: list[int] = []
    for number, (_, partner) in enumerate(row):
        length = bisect_left(ends, partner)
        previous.append(best[length - 1] if length else -1)
        ends[length : length + 1] = [partner]
        best[length : length + 1] = [number]
    chain: set[int] = set()
    number = best[-1] if best else -1
    while number >= 0:
        chain.add(row[number][0])
        number = previous[number]
    return chain

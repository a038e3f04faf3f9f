"""Which node of the user's tree stands behind a node of a final one.

An origin names a place in the user's text. Every use of a variable has the place of its definition,
and some nodes have none of their own (all loops of a ``T.grid`` but the outermost, a loop's
variable): they are inside the nearest one that has. So the fitting one is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from viz.model import Node, Origin, Tree
from viz.text import Span


def ties(
    tree: Tree,
    origins: Iterable[Origin],
    final: Tree | None = None,
    parents: Mapping[int, int] | None = None,
) -> dict[int, int]:
    """Return the input node behind each node of the final tree that has a place in the text.

    Parameters
    ----------
    tree
        The user's program.
    origins
        Those to follow, by node id.
    final
        The target's tree as the codegen got it, the one the origins speak of. Without it the first
        node at a place is taken.
    parents
        ``parents_of(final)``, where it is known already.
    """
    places = _Places(tree)
    if parents is None:
        parents = parents_of(final) if final is not None else {}
    found: dict[int, int] = {}
    for origin in origins:  # parents come before their children
        if origin.span is None:
            continue
        around = parents.get(origin.node)
        while around is not None and around not in found:
            around = parents.get(around)
        node = final.nodes[origin.node] if final is not None else None
        tie = places.best(origin, node, found[around] if around is not None else 0)
        if tie is not None:
            found[origin.node] = tie
    return found


def parents_of(tree: Tree) -> dict[int, int]:
    """Return the parent of each node but the root."""
    return {child.id: node.id for node in tree.nodes for child in node.children}


def places_of(tree: Tree) -> dict[int, Span]:
    """Return where each node is in the text: its own place, or that of the nearest node around it.

    Types are nowhere, nor is what has nothing around it with a place.
    """
    found: dict[int, Span] = {}
    parents = parents_of(tree)
    for node in tree.nodes:  # parents come before their children
        span = node.span or found.get(parents.get(node.id, -1))
        if span is not None and node.kind != "type":
            found[node.id] = span
    return found


class _Places:
    """The nodes of the input tree by their place in the text."""

    def __init__(self, tree: Tree) -> None:
        self.nodes = tree.nodes
        self.last = _last(tree)
        self.at: dict[Span, list[int]] = {}
        self.placeless: dict[Span, list[int]] = {}
        for id_, span in places_of(tree).items():
            of_its_own = tree.nodes[id_].span is not None
            (self.at if of_its_own else self.placeless).setdefault(span, []).append(id_)
        self._best: dict[tuple[Any, ...], int | None] = {}
        self.by_length = sorted(self.at, key=lambda span: (span.end - span.start, span.start))

    def best(self, origin: Origin, node: Node | None, around: int) -> int | None:
        """Return the node at an origin's place: of the same type, and inside ``around``, if any.

        ``around`` is what the nearest node around it is tied to: it tells the uses of a variable
        apart. A node without a place is taken only when it says the same.
        """
        # Unrolled loops ask the same a thousand times.
        key = (origin.span, node and node.type_key, node and node.label, around)
        if key not in self._best:
            self._best[key] = self._fitting(origin.span, node, around)
        return self._best[key]

    def _fitting(self, span: Span | None, node: Node | None, around: int) -> int | None:
        assert span is not None
        candidates = self.at.get(span) or self._enclosing(span)

        def fit(each: int) -> tuple[bool, bool, bool]:
            mine = self.nodes[each]
            alike = node is not None and mine.type_key == node.type_key
            said = node is not None and alike and mine.label == node.label
            return alike, around <= each <= self.last[around], said

        same = [each for each in self.placeless.get(span, ()) if fit(each)[2]]
        return max([*candidates, *same], key=fit, default=None)  # the first of the best

    def _enclosing(self, span: Span) -> list[int]:
        for each in self.by_length:
            if each.start <= span.start and span.end <= each.end:
                return self.at[each]
        # Functions have no place; what is tied to several of its statements is tied to it, and what
        # is tied to several functions to the module.
        functions = (node for node in self.nodes if node.kind == "func")
        return [node.id for node in functions if self._holds(node, span)] or [0]

    def _holds(self, function: Node, span: Span) -> bool:
        inside = (self.nodes[id_].span for id_ in range(function.id, self.last[function.id] + 1))
        spans = [each for each in inside if each is not None]
        return (
            bool(spans)
            and min(each.start for each in spans) <= span.start
            and span.end <= max(each.end for each in spans)
        )


def _last(tree: Tree) -> list[int]:
    """Return for each node the last id of its subtree; ids are in pre-order."""
    last = [node.id for node in tree.nodes]
    for node in reversed(tree.nodes):
        if node.children:
            last[node.id] = last[node.children[-1].id]
    return last

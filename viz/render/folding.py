"""Which nodes of a Tree a picture shows, and how many it leaves out below each.

A ten-line kernel has hundreds of nodes. Types, shapes and layouts stay folded until asked for, and
the deepest levels go first when there is still too much, so that the picture keeps the program's
outline.
"""

from __future__ import annotations

from collections import deque
from typing import Literal

from viz.errors import RequestError
from viz.model import Child, Node, Plain, Tree, catalog

MOST = 2000
"""Nodes a picture ever shows; beyond it browsers and Graphviz get slow."""


class View(Plain, frozen=True):
    """What someone wants to see of a Tree. Ids it does not have are ignored, except ``root``."""

    root: int = 0
    """The node whose subtree is shown."""
    depth: int | None = None
    """Levels below the root that are shown by themselves; None for all."""
    unfolded: tuple[int, ...] = ()
    """Nodes whose children are all shown, whatever folded fields, ``depth`` and ``limit`` say."""
    folded: tuple[int, ...] = ()
    """Nodes that show no children; stronger than ``unfolded``."""
    types: bool = False
    """Whether the type nodes and the catalog's folded fields are shown everywhere."""
    direction: Literal["right", "down"] = "right"
    """Where children stand: broad trees read better to the right, small ones downwards."""
    limit: int = 150
    """Nodes shown by themselves; what ``unfolded`` adds comes on top, up to :data:`MOST`."""


WHOLE = View()


class Shown(Plain, frozen=True):
    """The nodes a picture shows, as ids of the Tree."""

    root: int
    nodes: tuple[int, ...]
    """In pre-order."""
    children: dict[int, tuple[Child, ...]]
    """The shown children of each shown node."""
    hidden: dict[int, int]
    """How many nodes each shown node stands for besides itself; nodes that hide none are absent."""
    cut: frozenset[int]
    """The nodes among ``hidden`` that hide more than types and bookkeeping: they get a badge."""


def fold(tree: Tree, view: View = WHOLE) -> Shown:
    """Return what ``view`` shows of ``tree``.

    The shown nodes and the hidden ones they stand for add up to the subtree of the root.

    Raises
    ------
    RequestError
        When the Tree has no node ``view.root``.
    """
    if not 0 <= view.root < len(tree.nodes):
        raise RequestError(
            f"There is no node {view.root} in this tree.",
            hint=f"It has the nodes 0 to {len(tree.nodes) - 1}." if tree.nodes else "It is empty.",
        )
    kept = _grow(tree, view)
    sizes = _sizes(tree, view.root)
    nodes, children, hidden, cut = [], {}, {}, set()
    stack = [view.root]
    while stack:
        node = tree.nodes[stack.pop()]
        nodes.append(node.id)
        children[node.id] = tuple(child for child in node.children if child.id in kept)
        left_out = [child for child in node.children if child.id not in kept]
        if left_out:
            hidden[node.id] = sum(sizes[child.id] for child in left_out)
        if any(view.types or _shows(tree, node.id, child) for child in left_out):
            cut.add(node.id)
        stack.extend(child.id for child in reversed(children[node.id]))
    return Shown(
        root=view.root,
        nodes=tuple(nodes),
        children=children,
        hidden=hidden,
        cut=frozenset(cut),
    )


def _grow(tree: Tree, view: View) -> set[int]:
    """Return the ids that are shown: breadth-first from the root until there is no more room."""
    limit, unfolded, folded = min(view.limit, MOST), set(view.unfolded), set(view.folded)
    kept = {view.root}
    by_itself = deque([(view.root, 0)])
    # What was asked for waits until the rest has found its room: unfolding takes nothing else away.
    asked: deque[tuple[int, int]] = deque()
    while by_itself or asked:
        wanted = not by_itself
        id_, level = (by_itself or asked).popleft()
        if id_ in folded:
            continue
        if id_ in unfolded and not wanted:
            asked.append((id_, level))
        if not wanted and view.depth is not None and level >= view.depth:
            continue
        room = MOST if wanted else limit
        for child in tree.nodes[id_].children:
            if len(kept) >= room:
                break
            if child.id in kept or not (wanted or view.types or _shows(tree, id_, child)):
                continue
            kept.add(child.id)
            by_itself.append((child.id, level + 1))
    return kept


def _shows(tree: Tree, parent: int, child: Child) -> bool:
    """Whether a child is shown without being asked for."""
    if tree.nodes[child.id].kind == "type":
        return False
    row = catalog.nodes().get(tree.nodes[parent].type_key)
    return row is None or field_name(child) not in row.fold


def field_name(child: Child) -> str:
    """Return the field a child is reached by, without its index: ``seq`` for ``seq[0]``."""
    return child.field.partition("[")[0]


def _sizes(tree: Tree, root: int) -> dict[int, int]:
    """Return how many nodes each subtree below ``root`` has, itself included."""
    below: list[Node] = list(tree.walk(root))
    sizes: dict[int, int] = {}
    for node in reversed(below):  # children come before their parents
        sizes[node.id] = 1 + sum(sizes[child.id] for child in node.children)
    return sizes

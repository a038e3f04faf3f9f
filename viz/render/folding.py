"""Choose the nodes of a Tree that a picture shows, and count those folded below each.

A ten-line kernel has hundreds of nodes. Types, shapes and layouts are folded by default; when there
is still too much, the deepest levels are folded first, so that the picture keeps the program's
outline.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from viz.errors import RequestError
from viz.messages import message_of
from viz.model import Child, Plain, Tree, catalog

MOST = 2000
"""The most nodes of any picture; beyond it browsers and Graphviz get slow."""


class View(Plain, frozen=True):
    """A choice of what to show of a Tree. Ids that the Tree lacks are ignored, except ``root``."""

    root: int = 0
    """The node whose subtree is shown."""
    depth: int | None = None
    """Levels below the root that are shown by default; None for all."""
    unfolded: tuple[int, ...] = ()
    """Nodes whose children are all shown, whatever folded fields, ``depth`` and ``limit`` say."""
    folded: tuple[int, ...] = ()
    """Nodes that show no children, even when they are among ``unfolded``."""
    types: bool = False
    """Whether the type nodes and the catalog's folded fields are shown everywhere."""
    direction: Literal["right", "down"] = "right"
    """Where children are drawn: broad trees read better to the right, small ones downwards."""
    limit: int = 150
    """Nodes shown by default; those that ``unfolded`` adds come on top, up to :data:`MOST`."""


WHOLE = View()


class Shown(Plain, frozen=True):
    """The nodes a picture shows, as ids of the Tree."""

    root: int
    nodes: tuple[int, ...]
    """In pre-order."""
    children: dict[int, tuple[Child, ...]]
    """The shown children of each shown node."""
    hidden: dict[int, int]
    """How many nodes are folded below each shown node; nodes with none are absent."""
    cut: frozenset[int]
    """The nodes of ``hidden`` below which more is folded than by default: they get a badge."""


def fold(tree: Tree, view: View = WHOLE) -> Shown:
    """Return the nodes of a tree that a view shows.

    The shown nodes and those folded below them add up to the subtree of the root.

    Raises
    ------
    RequestError
        When the Tree has no node ``view.root``.
    """
    if not 0 <= view.root < len(tree.nodes):
        last = len(tree.nodes) - 1
        what = "no-node" if tree.nodes else "empty-tree"
        raise RequestError(message_of(what, node=view.root, last=last))
    kept = _grow(tree, view)
    nodes, children, hidden, cut = [], {}, {}, set()
    stack = [(view.root, _end(tree, view.root))]
    while stack:
        id_, end = stack.pop()
        node = tree.nodes[id_]
        nodes.append(id_)
        children[id_] = tuple(child for child in node.children if child.id in kept)
        left_out = [child for child in node.children if child.id not in kept]
        # Ids count in pre-order: a subtree ends where the next one begins.
        ends = dict(pairwise([*(child.id for child in node.children), end]))
        if left_out:
            hidden[id_] = sum(ends[child.id] - child.id for child in left_out)
        if any(view.types or _shows(tree, id_, child) for child in left_out):
            cut.add(id_)
        stack.extend((child.id, ends[child.id]) for child in reversed(children[id_]))
    return Shown(
        root=view.root,
        nodes=tuple(nodes),
        children=children,
        hidden=hidden,
        cut=frozenset(cut),
    )


def _grow(tree: Tree, view: View) -> set[int]:
    """Return the ids of the shown nodes: breadth-first from the root up to the view's limit.

    The nodes of ``view.unfolded`` are expanded once everything else has its place, so that
    unfolding one hides no other.
    """
    limit, unfolded, folded = min(view.limit, MOST), set(view.unfolded), set(view.folded)
    kept = {view.root}
    by_default = deque([(view.root, 0)])
    on_demand: deque[tuple[int, int]] = deque()
    while by_default or on_demand:
        demanded = not by_default
        id_, level = (by_default or on_demand).popleft()
        if id_ in folded:
            continue
        if id_ in unfolded and not demanded:
            on_demand.append((id_, level))
        if not demanded and view.depth is not None and level >= view.depth:
            continue
        for child in _children(tree, id_, everything=demanded or view.types):
            if len(kept) >= (MOST if demanded else limit):
                break
            if child.id not in kept:
                kept.add(child.id)
                by_default.append((child.id, level + 1))
    return kept


def _children(tree: Tree, parent: int, *, everything: bool) -> Iterator[Child]:
    """Yield the children of a node, or those of them that are shown by default."""
    for child in tree.nodes[parent].children:
        if everything or _shows(tree, parent, child):
            yield child


def _shows(tree: Tree, parent: int, child: Child) -> bool:
    """Return whether a child is shown by default: no type, and no folded field of the catalog."""
    if tree.nodes[child.id].kind == "type":
        return False
    row = catalog.nodes().get(tree.nodes[parent].type_key)
    return row is None or field_name(child) not in row.fold


def field_name(child: Child) -> str:
    """Return the field of a child without its index: ``seq`` for ``seq[0]``."""
    return child.field.partition("[")[0]


def _end(tree: Tree, root: int) -> int:
    """Return the id after the last one below a node."""
    last = root
    while tree.nodes[last].children:
        last = tree.nodes[last].children[-1].id
    return last + 1

"""Say of the nodes of a Tree what they are, what stands below them, and where they stand.

Two generations of TVM name some nodes and most fields otherwise: what is read of a node is then
what both have.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from viz.model import Node, Tree

TODAY = {
    "Block": "SBlock",
    "BlockRealize": "SBlockRealize",
    "BufferLoad": "TensorLoad",
    "BufferRegion": "TensorRegion",
    "Buffer": "Var",
}
"""Titles of nodes of the TVM of 2024 that have another one today."""

_HANDLE = "_handle"  # what the TVM of 2024 puts behind a parameter's name


class Subtrees:
    """A Tree with what pairing asks of its nodes, by id.

    Parameters
    ----------
    tree
        The tree.
    is_exact
        Whether all fields count; otherwise what two generations of TVM have in common.
    """

    def __init__(self, tree: Tree, *, is_exact: bool = True) -> None:
        self.nodes = tree.nodes
        self._is_exact = is_exact
        self.titles = [TODAY.get(node.title, node.title) for node in tree.nodes]
        self.contents = [*map(self._content, tree.nodes)]
        self.parent = [-1] * len(tree.nodes)
        self.field = [""] * len(tree.nodes)
        self.size = [1] * len(tree.nodes)
        """Nodes of each subtree that count in its digest."""
        for node in tree.nodes:
            for child in node.children:
                self.parent[child.id], self.field[child.id] = node.id, child.field

    def _content(self, node: Node) -> Hashable:
        # Labels of inner nodes repeat what stands below them.
        label = "" if node.children else node.label
        if self._is_exact:
            return (node.type_key, node.dtype, tuple(sorted(node.fields.items())), label)
        title = self.titles[node.id]
        if title == "Var":  # a parameter has its buffer's type below it, or that in buffer_map
            return (title, node.fields.get("name", label).removesuffix(_HANDLE))
        return (title, node.dtype, label)

    def digest(self, numbers: dict[Hashable, int]) -> list[int]:
        """Return a number for each subtree, the same for equal ones of all trees with ``numbers``.

        The sizes of the subtrees are known afterwards.
        """
        digests = [0] * len(self.nodes)
        for node in reversed(self.nodes):  # children before parents
            fields = {child.id: child.field for child in node.children if self._is_exact}
            counted = self.counted(node.id)
            below = tuple((fields.get(child, ""), digests[child]) for child in counted)
            key = (self.contents[node.id], below)
            digests[node.id] = numbers.setdefault(key, len(numbers))
            self.size[node.id] = 1 + sum(self.size[child] for child in counted)
        return digests

    def counted(self, i: int) -> list[int]:
        """Return the children of a node that count: those that both generations have."""
        if self._is_exact:
            return self.children(i)
        if self.titles[i] == "Var":
            return []
        return [child for child in self.children(i) if self.nodes[child].kind != "type"]

    def children(self, i: int) -> list[int]:
        """Return the ids of the nodes directly below one."""
        return [child.id for child in self.nodes[i].children]

    def field_name(self, i: int) -> str:
        """Return the field that a node stands in, without its index."""
        return self.field[i].partition("[")[0]

    def is_listed(self, i: int) -> bool:
        """Whether a node is one of several in its field."""
        return "[" in self.field[i]

    def above(self, i: int) -> Iterator[int]:
        """Yield the ids from the parent of a node up to the root."""
        i = self.parent[i]
        while i >= 0:
            yield i
            i = self.parent[i]

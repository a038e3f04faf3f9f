"""Trees: every node of a module at one stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from viz.model.base import Plain
from viz.model.stages import StageName
from viz.text import Span

Kind = Literal["module", "func", "stmt", "expr", "type", "other"]


class Child(Plain, frozen=True):
    """An edge: the field of the parent (``body``, ``seq[0]``) and the node it leads to."""

    field: str
    id: int


class Node(Plain, frozen=True):
    """One node of the AST, by occurrence: a variable used twice is two nodes.

    ``path`` leads from the module to the node through field names and is unique in its tree.
    ``fields`` holds what is no node: names, numbers, attributes, as short texts.
    """

    id: int
    path: str
    kind: Kind
    type_key: str
    title: str
    label: str = ""
    dtype: str = ""
    fields: dict[str, str] = {}
    children: tuple[Child, ...] = ()
    span: Span | None = None


class Tree(Plain, frozen=True):
    """All nodes of a stage in pre-order; ``nodes[i].id == i`` and ``nodes[0]`` is the root."""

    stage: StageName
    target: str = ""
    nodes: tuple[Node, ...] = ()

    def walk(self, start: int = 0) -> Iterator[Node]:
        """Yield the node ``start`` and everything below it, parents before children."""
        stack = [start]
        while stack:
            node = self.nodes[stack.pop()]
            yield node
            stack.extend(child.id for child in reversed(node.children))

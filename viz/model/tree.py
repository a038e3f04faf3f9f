"""Trees: all nodes of a module at one stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from viz.model.base import Plain
from viz.model.stages import StageName
from viz.text import Span

Kind = Literal["module", "func", "stmt", "expr", "type", "other"]


class Child(Plain, frozen=True):
    """An edge of a tree."""

    field: str
    """Field of the parent, such as ``body`` or ``seq[0]``."""
    id: int
    """Id of the child."""


class Node(Plain, frozen=True):
    """One occurrence of a node of the AST: a variable that is used twice is two nodes."""

    id: int
    """Pre-order number in its tree, 0 for the root."""
    path: str
    """Field names from the root to the node, such as ``main.body.seq[0]``; unique in its tree."""
    kind: Kind
    type_key: str
    """TVM's name of the node type, such as ``tirx.For``."""
    title: str
    """Short name of the node type, such as ``For``."""
    label: str = ""
    """What tells the node from others of its type, such as ``i in range(8)`` or a name."""
    dtype: str = ""
    """Type of the value of an expression, such as ``float32``."""
    fields: dict[str, str] = {}
    """The fields that hold no nodes (names, numbers, attributes) as texts, whole and exact."""
    children: tuple[Child, ...] = ()
    span: Span | None = None
    """Its place in the user's text, in code points; None where that is not known."""
    variable: int | None = None
    """Id of the first node of the same variable, whose child ``ty`` is a buffer's type; None for
    that first node, and for what is no variable. Two variables may have one name."""
    type_node: int | None = None
    """Id of its type's node, where that stands below another node and was walked there."""


def words_of(title: str, label: str) -> str:
    """Return title and label of a node: ``FloatImm 1.0``, but ``for i in range(8)``.

    A label often begins with the title, in small letters.
    """
    if f"{label.casefold()} ".startswith(f"{title.casefold()} "):
        return label
    return f"{title} {label}".rstrip()


class Tree(Plain, frozen=True):
    """The nodes of a stage."""

    stage: StageName
    target: str = ""
    """The target of the stage; empty for ``input``."""
    nodes: tuple[Node, ...] = ()
    """All nodes in pre-order: ``nodes[i].id == i``, and ``nodes[0]`` is the root."""

    def walk(self, start: int = 0) -> Iterator[Node]:
        """Yield the node with the id ``start`` and all nodes below it, in pre-order.

        >>> [node.title for node in tree.walk()]
        """
        stack = [start]
        while stack:
            node = self.nodes[stack.pop()]
            yield node
            stack.extend(child.id for child in reversed(node.children))

"""Gather what the questions of a quiz are about: nodes that can be named, texts, passes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple, TypeVar

from viz.learn import structure
from viz.learn.errors import FormError
from viz.learn.evidence import Evidence
from viz.learn.queries import PlaceQuery
from viz.learn.quiz.draft import NotApplicableError
from viz.learn.structure import TreeIndex, field_name, is_key
from viz.messages import Words
from viz.model import Emission, Node, Origin, Pass, Tree, catalog
from viz.model.catalog import NodeRow, PassRow
from viz.text import Text

T = TypeVar("T")

LONGEST = 90
"""Characters of a node's words in a question; a node with more is not asked about."""

_UNNAMED = ("SeqStmt", "SBlockRealize", "IRModule")
"""Types of nodes that stand for no place of the text of their own."""


class Name(NamedTuple):
    """What a question calls a node: enough to find it in the text."""

    title: str
    words: str
    line: int


class Material:
    """A program with the engine's replies about it, for one target.

    Parameters
    ----------
    text
        The text of the program.
    target
        The target whose build and text are asked about.
    """

    def __init__(self, text: str, target: str, evidence: Evidence) -> None:
        self.text = text
        self.target = target
        self.evidence = evidence
        self._lines = Text(text)

    @property
    def title(self) -> str:
        """What the target is called."""
        row = catalog.target(self.target)
        return self.target if row is None else row.title

    # ------------------------------------------------------------ the program's tree

    @cached_property
    def index(self) -> TreeIndex:
        """The program's tree."""
        return self.evidence.index("input")

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of the program's tree."""
        return self.index.tree.nodes

    @cached_property
    def visible(self) -> list[Node]:
        """The nodes that a drawing shows: no types, no shapes, no bookkeeping of blocks."""
        return visible(self.index.tree)

    @cached_property
    def named(self) -> list[Node]:
        """The statements and expressions that a question can name: no other is called the same."""
        found = [
            node
            for node in self.visible
            if node.kind in ("stmt", "expr")
            and node.span is not None
            and node.title not in _UNNAMED
            and 0 < len(self.name(node).words) <= LONGEST
            and not self.name(node).words.startswith("def ")  # the place of a whole function
        ]
        times = Counter(map(self.name, found))
        return [node for node in found if times[self.name(node)] == 1]

    @cached_property
    def arrays(self) -> list[str]:
        """The names of the buffers whose elements the text names.

        A variable such as ``x: T.int32`` is a buffer too, and has no elements to its writer.
        """
        return [
            name
            for name in sorted(structure.buffers(self.index))
            if re.search(rf"\b{re.escape(name)}\s*\[", self.text)
        ]

    def name(self, node: Node) -> Name:
        """Return what a question calls a node."""
        if node.span is None:
            return Name(node.title, node.label, 0)
        line = self._lines.position(node.span.start).line
        # A loop may be one of several in T.grid, and a block is known by its name.
        if node.title in ("For", "SBlock"):
            return Name(node.title, node.label, line)
        lines = self.text[node.span.start : node.span.end].splitlines() or [""]
        words = " ".join(lines[0].split())
        if len(lines) > 1 and not words.endswith(":"):
            words += " …"
        return Name(node.title, words, line)

    @cached_property
    def alike(self) -> dict[tuple[str, int], list[Node]]:
        """All statements and expressions by their words and line, those that are not drawn too."""
        found: defaultdict[tuple[str, int], list[Node]] = defaultdict(list)
        for node in self.nodes:
            if node.span is not None and node.kind in ("stmt", "expr"):
                name = self.name(node)
                found[name.words, name.line].append(node)
        return found

    def like(self, node: Node) -> list[Node]:
        """Return the nodes that the same words stand for, the node among them."""
        name = self.name(node)
        return self.alike[name.words, name.line]

    def place(self, node: Node, at: str = "input") -> PlaceQuery:
        """Return the query for a node of a tree, by its place among those of its type."""
        nodes = self.evidence.tree(at).nodes
        nth = sum(is_key(other.type_key, node.type_key) for other in nodes[: node.id + 1])
        return PlaceQuery(node=node.type_key, nth=nth, at=at)

    # ------------------------------------------------------------ the target's build

    @cached_property
    def final(self) -> Tree:
        """The tree that the target's codegens get."""
        return _built(lambda: self.evidence.tree(self.target))

    @cached_property
    def scheduled(self) -> TreeIndex:
        """The tree that the target's passes get."""
        return _built(lambda: self.evidence.index(f"{self.target}/scheduled"))

    @cached_property
    def passes(self) -> list[Pass]:
        """The passes that see the whole program, in their order."""
        rows = _built(lambda: self.evidence.passes(self.target))
        return [row for row in rows if row.part == "all"]

    @cached_property
    def later_passes(self) -> list[Pass]:
        """The passes that see only the host's or the device's functions."""
        rows = _built(lambda: self.evidence.passes(self.target))
        return [row for row in rows if row.part in ("host", "device")]

    @cached_property
    def emissions(self) -> tuple[Emission, ...]:
        """The texts of the target's codegens."""
        return _built(lambda: self.evidence.source(self.target).emissions)

    @cached_property
    def emission(self) -> Emission:
        """The text that questions are about: that of the device where there is one."""
        sources = [emission for emission in self.emissions if emission.form == "source"]
        return (sources or [*self.emissions])[0]

    @cached_property
    def _origins(self) -> tuple[Origin, ...]:
        return _built(lambda: self.evidence.origins(self.target))

    @cached_property
    def pieces(self) -> dict[int, list[tuple[str, bool]]]:
        """What each node of the program wrote, or what it became.

        Each piece with whether the very node wrote it, and not one that only comes from it.
        """
        inputs = {origin.node: origin for origin in self._origins}
        found: defaultdict[int, list[tuple[str, bool]]] = defaultdict(list)
        for emission in self.emissions:
            for mark in emission.marks:
                origin = inputs.get(mark.node)
                if origin is not None and origin.input_node is not None:
                    piece = emission.text[mark.start : mark.end]
                    found[origin.input_node].append((piece, origin.certainty == "exact"))
        return found

    @cached_property
    def exact(self) -> dict[int, int]:
        """The nodes of the final tree that are nodes of the program still, with those nodes."""
        return {
            origin.node: origin.input_node
            for origin in self._origins
            if origin.input_node is not None and origin.certainty == "exact"
        }


def _built(get: Callable[[], T]) -> T:
    """Return what the build gives."""
    try:
        return get()
    except FormError:
        raise NotApplicableError("build-fails") from None


def visible(tree: Tree) -> list[Node]:
    """Return the nodes of a tree that a drawing shows without being asked for more."""
    found: list[Node] = []
    stack = [0]
    while stack:
        node = tree.nodes[stack.pop()]
        found.append(node)
        row = catalog.nodes().get(node.type_key)
        folded = row.fold if row is not None else ()
        stack.extend(
            child.id
            for child in reversed(node.children)
            if tree.nodes[child.id].kind != "type" and field_name(child.field) not in folded
        )
    return found


def about(row: NodeRow | PassRow | None) -> Words:
    """Return the first sentence of what the catalog says about a type or a pass."""
    if row is None:
        return Words("", "")
    english = re.split(r"(?<=[.?!])\s+(?=[A-Z])", row.en, maxsplit=1)[0]
    return Words(english, row.zh.partition("。")[0] + "。")


def short(name: str) -> str:
    """Return the name of a pass or a type without its dialect."""
    return name.rpartition(".")[2]

"""The nodes of a definition, its names and their places in the text."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from viz.frontend.extract import Extract
from viz.frontend.syntax import dotted, span_of
from viz.text import Span, Text

OLD_NAMESPACES = {"tir", "ty"}
"""Modules of 2021 whose members are members of ``T`` today."""


class DefinitionNodes:
    """The nodes of one definition.

    Parameters
    ----------
    extract
        The extract that holds the definition.
    root
        The function, or one statement of a module class, whose nodes are looked at.
    whole
        Whether the nodes below ``root`` are looked at, too.
    """

    def __init__(self, extract: Extract, root: ast.AST, *, whole: bool = True) -> None:
        self.text: Text = extract.text
        own = extract.program.namespaces
        self.namespaces = {"T": "T", "tir": "T", "tirx": "T", "ty": "T"} | own
        self.old_namespaces = OLD_NAMESPACES - own.keys()
        self.variables = extract.variables
        self.root = root
        self.nodes = [*ast.walk(root)] if whole else [root]
        self.names = {node.id for node in self.nodes if isinstance(node, ast.Name)} | {
            node.arg for node in self.nodes if isinstance(node, ast.arg)
        }
        """The names that stand in it."""
        self.owners: set[ast.AST] = set()
        """The expressions in front of a dot."""
        self._by_types: dict[frozenset[type[ast.AST]], list[ast.AST]] = {}

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The node above each node."""
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes above a node, from the inside."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def fresh(self, name: str) -> str:
        """Return a name that does not stand in the definition: this one, or it with a number."""
        numbered = (f"{name}_{number}" for number in range(1, len(self.names) + 2))
        return next(new for new in (name, *numbered) if new not in self.names)

    def reserve(self, name: str) -> str:
        """Return a name as :func:`fresh` does, and keep it for one use."""
        new = self.fresh(name)
        self.names.add(new)
        return new

    @cached_property
    def stores(self) -> Counter[str]:
        """How often each name is given a value."""
        names = (node for node in self.nodes if isinstance(node, ast.Name))
        return Counter(name.id for name in names if not isinstance(name.ctx, ast.Load))

    @cached_property
    def loop_names(self) -> set[str]:
        """The names of the loops' variables."""
        targets = [node.target for node in self.nodes if isinstance(node, ast.For)]
        return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}

    def is_namespace(self, name: str) -> bool:
        """Return whether a name stands for a part of TVM."""
        return name in self.namespaces or name in ("I", "R", "Tx")

    def uses(self, name: str) -> list[ast.Name]:
        """Return where a name is read."""
        return self._reads.get(name, [])

    @cached_property
    def _reads(self) -> dict[str, list[ast.Name]]:
        reads: dict[str, list[ast.Name]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                reads.setdefault(node.id, []).append(node)
        return reads

    def todays_prefix(self, node: ast.AST) -> str:
        """Return the name by which a text of today calls ``T`` where a node does."""
        prefix = self.prefix(node)
        return "T" if prefix in self.old_namespaces or prefix == "tvm" else prefix

    def nodes_of(self, types: frozenset[type[ast.AST]]) -> list[ast.AST]:
        """Return the nodes of some types in breadth-first order."""
        if types not in self._by_types:
            self._by_types[types] = [node for node in self.nodes if node.__class__ in types]
        return self._by_types[types]

    def member(self, node: ast.AST) -> str:
        """Return ``block`` for ``T.block`` or a call of it, whatever name the file gives ``T``.

        Empty for an expression that is no member of ``T``.
        """
        name, _, rest = dotted(node).partition(".")
        if self.namespaces.get(name) == "T":
            return rest
        if name == "tvm" and rest.startswith(("script.tir.", "script.tirx.")):
            return rest.split(".", 2)[2]
        return ""

    def span(self, node: ast.AST) -> Span:
        """Return the node's span in the user's text."""
        return span_of(node, self.text)

    def source(self, node: ast.AST) -> str:
        """Return the node as the user wrote it."""
        return self.text.slice(self.span(node))

    def todays_source(self, node: ast.AST) -> str:
        """Return the node as the user wrote it, with today's names of namespaces."""
        start, source = self.span(node).start, self.source(node)
        old = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n in self.owners]
        for name in sorted(old, key=lambda n: (n.lineno, n.col_offset), reverse=True):
            at = self.span(name).start - start
            if name.id in self.old_namespaces:
                source = source[:at] + "T" + source[at + len(name.id) :]
            elif name.col_offset == name.end_col_offset:  # the file imports what follows by name
                source = source[:at] + f"{name.id}." + source[at:]
        return source

    def prefix(self, node: ast.AST) -> str:
        """Return the name by which a node calls ``T``."""
        return dotted(node).partition(".")[0]

    def argument(self, call: ast.Call, position: int, name: str) -> ast.expr | None:
        """Return an argument of a call by its 0-based position or its name; None without one."""
        if position < len(call.args):
            return call.args[position]
        return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)

    def is_vdevice(self, node: ast.Call) -> bool:
        """Return whether a call is ``I.vdevice(target, …)``."""
        name, _, rest = dotted(node).partition(".")
        return rest == "vdevice" and self.namespaces.get(name, name) == "I"

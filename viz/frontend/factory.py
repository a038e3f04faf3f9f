"""Follow a factory's statements to the definition that it returns, without running Python."""

from __future__ import annotations

import ast
import contextlib

from viz.errors import SourceError
from viz.frontend.constant_propagation import (
    Compound,
    Constants,
    assigned_names,
    branches,
    merge,
    propagate,
)
from viz.frontend.macros import is_macro
from viz.frontend.scopes import bound_names, is_definition, outermost_definitions
from viz.frontend.syntax import DefinitionNode, span_of
from viz.messages import message_of
from viz.text import Text


class _StoppedError(Exception):
    """The statement was reached."""


class Factory:
    """Follows the statements of one factory.

    Parameters
    ----------
    node
        The factory, a Python function that holds definitions.
    known
        The constants that it may use, its arguments included.
    text
        The text that it stands in.
    """

    def __init__(self, node: ast.FunctionDef, known: Constants, text: Text) -> None:
        self.node = node
        self.known = known
        self.text = text
        self.reached: dict[str, tuple[DefinitionNode, Constants]] = {}
        """The definitions that were reached so far and the constants at each, by name."""
        self.unknown: dict[str, ast.stmt] = {}
        """Names without a known value, and the statement that takes Python to compute each."""
        self.stop: ast.AST | None = None
        """The statement to stop at."""
        self.definitions = list(outermost_definitions(node))

    def product(self) -> tuple[DefinitionNode, Constants]:
        """Return the definition that the factory returns, and the constants at it.

        Raises
        ------
        SourceError
            When it depends on more than constants which definition that is, or when the definition
            uses a name whose value takes Python to compute.
        """
        name = self.follow(self.node.body)
        if len(self.definitions) == 1:
            node = self.definitions[0]
            known = self.reached.get(node.name, (node, self.known))[1]
        elif name:
            node, known = self.reached[name]
        else:
            raise self.undecided(self.node)
        self.require_known(node, known)
        return node, known

    def constants_at(self, node: ast.AST) -> Constants:
        """Return the constants at a statement of the factory."""
        self.stop = node
        with contextlib.suppress(_StoppedError):
            self.follow(self.node.body)
        return self.known

    def require_known(self, definition: DefinitionNode, known: Constants) -> None:
        """Raise SourceError where a definition uses a name without a known value."""
        own = bound_names(definition).union(known)
        for node in ast.walk(definition):
            if isinstance(node, ast.Name) and node.id not in own and node.id in self.unknown:
                statement = self.unknown[node.id]
                what = message_of("factory-no-constant", name=node.id)
                raise SourceError(what, span=span_of(statement, self.text))

    def follow(self, statements: list[ast.stmt]) -> str:
        """Propagate constants through statements, up to a ``return``.

        Returns
        -------
        str
            Name of the definition that is returned; empty when it is not known which one is.
        """
        for statement in statements:
            if statement is self.stop:
                raise _StoppedError
            if isinstance(statement, DefinitionNode) and is_definition(statement):
                self.reached[statement.name] = (statement, dict(self.known))
            elif isinstance(statement, ast.Return):
                names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
                returned = sorted(names & self.reached.keys())
                return returned[0] if len(returned) == 1 else ""
            elif isinstance(statement, Compound):
                if name := self.branch(statement):
                    return name
            elif (
                not isinstance(statement, ast.Import | ast.ImportFrom)
                and not (isinstance(statement, ast.FunctionDef) and is_macro(statement))
                and not propagate(statement, self.known)
            ):
                self.unknown |= dict.fromkeys(assigned_names(statement), statement)
        return ""

    def branch(self, node: Compound) -> str:
        """Follow every branch that may be taken; see :meth:`follow`."""
        before, bodies = dict(self.known), branches(node, self.known)
        decides = any(
            isinstance(inner, ast.Return) or is_definition(inner) for inner in ast.walk(node)
        )
        if decides and len(bodies) > 1 and len(self.definitions) > 1 and self.stop is None:
            raise self.undecided(node)
        ends: list[Constants] = []
        name = ""
        for body in bodies:
            self.known = dict(before)
            name = self.follow(body)
            ends.append(self.known)
        self.known = merge(ends)
        self.unknown |= dict.fromkeys(assigned_names(node) - self.known.keys(), node)
        return name

    def undecided(self, node: ast.stmt) -> SourceError:
        """Return the error for a statement after which the returned definition is not known."""
        names = tuple(dict.fromkeys(definition.name for definition in self.definitions))
        returns = any(isinstance(inner, ast.Return) for inner in ast.walk(self.node))
        id_ = "factory-undecided" if returns else "factory-returns-none"
        what = message_of(id_, factory=self.node.name, names=names)
        return SourceError(what, span=span_of(node, self.text))

"""Find the uses of TVM's and Python's names that are certainly the program's own.

A program may call its buffer ``R`` or ``type``. TVM's parser knows such a name only inside of the
statement list that binds it; outside it is the namespace or the builtin again. A use is the
program's own where a binding comes before it in the same list of statements, or in a list around.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def own_names(tree: ast.Module, names: Iterable[str]) -> set[ast.AST]:
    """Return the ``ast.Name`` nodes that read one of ``names`` as the program has bound it.

    Raises
    ------
    RecursionError
        When the program is nested too deeply.
    """
    found = _OwnNames(frozenset(names))
    found.suite(tree.body, frozenset())
    return found.own


class _OwnNames:
    """Follows the statements of a program with the names that are bound at each."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.own: set[ast.AST] = set()

    def suite(self, statements: list[ast.stmt], bound: frozenset[str]) -> None:
        """Follow a list of statements; what they bind ends with the list."""
        for statement in statements:
            bound = self.statement(statement, bound)

    def statement(self, node: ast.stmt, bound: frozenset[str]) -> frozenset[str]:
        """Note the own names in a statement; return what is bound after it."""
        if isinstance(node, ast.FunctionDef):
            # Its annotations are evaluated before its parameters have a value.
            self.suite(node.body, bound | self._parameters(node.args))
        elif isinstance(node, ast.ClassDef):
            self.suite(node.body, bound)
        elif isinstance(node, ast.For):
            self.uses(node.iter, bound)
            self.suite(node.body, bound | self._bound_by(node.target))
        elif isinstance(node, ast.With):
            inner = bound
            for item in node.items:
                self.uses(item.context_expr, inner)
                if item.optional_vars is not None:
                    inner |= self._bound_by(item.optional_vars)
            self.suite(node.body, inner)
        elif isinstance(node, ast.If | ast.While):
            self.uses(node.test, bound)
            self.suite(node.body, bound)
            self.suite(node.orelse, bound)
        else:
            for child in ast.iter_child_nodes(node):
                self.uses(child, bound)
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    bound |= self._bound_by(target)
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                bound |= self._bound_by(node.target)
        return bound

    def uses(self, node: ast.AST, bound: frozenset[str]) -> None:
        """Note the own names in an expression."""
        if isinstance(node, ast.Name):
            if node.id in bound and isinstance(node.ctx, ast.Load):
                self.own.add(node)
            return
        if isinstance(node, ast.Lambda):
            self.uses(node.body, bound | self._parameters(node.args))
            return
        if isinstance(node, _COMPREHENSIONS):
            for generator in node.generators:
                self.uses(generator.iter, bound)
                bound |= self._bound_by(generator.target)
                for condition in generator.ifs:
                    self.uses(condition, bound)
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.comprehension):
                self.uses(child, bound)

    def _parameters(self, arguments: ast.arguments) -> frozenset[str]:
        return self.names.intersection(argument.arg for argument in arguments.args)

    def _bound_by(self, target: ast.AST) -> frozenset[str]:
        stored = (node for node in ast.walk(target) if isinstance(node, ast.Name))
        return self.names.intersection(
            node.id for node in stored if isinstance(node.ctx, ast.Store)
        )

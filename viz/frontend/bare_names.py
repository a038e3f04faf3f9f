"""Read names that a file imports from TVM's script module as the members of ``T`` that they are.

After ``from tvm.script.tir import prim_func, grid`` a file says ``grid(8, 8)``, which TVM's parser
does not know. In the tree that the rest of the front end sees there is ``T.grid`` in its place, the
``T`` being no characters wide; a rule of the dialect writes it.
"""

from __future__ import annotations

import ast
import builtins
import copy
import re
from functools import lru_cache

from viz.frontend.scopes import bound_names
from viz.frontend.syntax import TEXTS_KEPT, statements_below, tree_of

NAMESPACE = "T"
"""The name that TVM's parser knows by itself."""

_MODULES = re.compile(r"tvm\.script\.(?:parser\.|ir_builder\.)?tirx?(?:\.\w+)*|tvm\.tirx?(?:\.op)?")
"""The modules that the members of ``T`` are imported from."""

_EVERYTHING = "*"


@lru_cache(maxsize=TEXTS_KEPT)
def program_tree(text: str, margins: tuple[int, ...] = ()) -> ast.Module:
    """Return the ``ast`` of a file, imported names as members of ``T``: do not change it.

    A name is the user's own where the function around it gives it a value, and nothing is changed
    in a file that gives one to ``T``.

    Raises
    ------
    SourceError
        See :func:`viz.frontend.syntax.tree_of`.
    RecursionError
        When the program is nested too deeply.
    """
    tree = tree_of(text, margins)
    if not _imported(tree) or NAMESPACE in bound_names(tree):
        return tree
    return _with_members(tree)


def is_imported_name(node: ast.Attribute) -> bool:
    """Whether an expression is a member of ``T`` that is written as a name."""
    owner = node.value
    return isinstance(owner, ast.Name) and owner.col_offset == owner.end_col_offset


def _with_members(tree: ast.Module) -> ast.Module:
    changed = _Members(_imported(tree), tree).visit(copy.deepcopy(tree))
    assert isinstance(changed, ast.Module)
    return changed


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return the names that a file imports from these modules, with the members' names."""
    return {
        alias.asname or alias.name: alias.name
        for node in statements_below(tree)
        if isinstance(node, ast.ImportFrom) and _MODULES.fullmatch(node.module or "")
        for alias in node.names
    }


class _Members(ast.NodeTransformer):
    """Puts members of ``T`` in the place of imported names."""

    def __init__(self, imported: dict[str, str], tree: ast.Module) -> None:
        self._imported = imported
        self._own = _defined(tree) | (bound_names(tree) if _EVERYTHING in imported else set())
        """The names that stand for something of the user's."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Change a function; its decorators use nothing of what it binds."""
        outer, self._own = self._own, self._own | bound_names(node)
        changed = self.generic_visit(node)
        self._own = outer
        return changed

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Change a name that is read."""
        member = self._member(node.id)
        if not member or node.id in self._own or not isinstance(node.ctx, ast.Load):
            return node
        owner = ast.copy_location(ast.Name(NAMESPACE, ast.Load()), node)
        owner.end_lineno, owner.end_col_offset = node.lineno, node.col_offset
        return ast.copy_location(ast.Attribute(owner, member, ast.Load()), node)

    def _member(self, name: str) -> str:
        if name in self._imported:
            return self._imported[name]
        known = name == NAMESPACE or hasattr(builtins, name) or _EVERYTHING not in self._imported
        return "" if known else name


def _defined(tree: ast.Module) -> set[str]:
    """Return the names of the file's functions, classes, namespaces and constants."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            from_these = isinstance(node, ast.ImportFrom) and _MODULES.fullmatch(node.module or "")
            names |= {a.asname or a.name for a in node.names if not from_these}
    at_the_top = (s for s in tree.body if isinstance(s, ast.Assign | ast.AnnAssign))
    return names | {name for statement in at_the_top for name in bound_names(statement)}

"""Describe macros: what their names mean, and what is put in the place of their parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from viz.frontend.constant_propagation import assigned_names
from viz.frontend.scopes import bound_names
from viz.frontend.syntax import Constant, decorated
from viz.text import Piece, Span

DEEPEST = 20
"""Macros that call macros."""
OUTSIDE, NESTED = 0, -1
"""Depths of macros outside of the PrimFunc, and of those inside of other macros."""


def is_macro(node: ast.AST) -> bool:
    """Return whether a node is decorated as a macro."""
    return decorated(node, "macro") or decorated(node, "inline")


Places = tuple[tuple[int, Span], ...]


class Macro(NamedTuple):
    """A macro, and what its names mean.

    Attributes
    ----------
    depth
        How many lists of statements of the PrimFunc it stands in; or ``OUTSIDE`` or ``NESTED``.
    values, names
        Arguments of the macro that it stands in, by parameter, and new names of its variables.
    """

    node: ast.FunctionDef
    depth: int
    values: Mapping[str, ArgumentText] = {}
    names: Mapping[str, str] = {}

    @property
    def hygienic(self) -> bool:
        """Whether its names mean what they mean where it stands."""
        keywords = [
            keyword
            for decorator in self.node.decorator_list
            if isinstance(decorator, ast.Call)
            for keyword in decorator.keywords
        ]
        return not any(k.arg == "hygienic" and ast.unparse(k.value) == "False" for k in keywords)


class ArgumentText(NamedTuple):
    """An argument: its characters with their frame, the names in them, and what is known of it.

    That of ``*args`` is a tuple of ``elements``.
    """

    pieces: tuple[Piece, ...]
    frame: int
    names: frozenset[str]
    constant: Constant | None = None
    macro: Macro | None = None
    elements: tuple[ArgumentText, ...] | None = None


class Body(NamedTuple):
    """What the names in a macro's body stand for at one call.

    ``scopes`` are the names that the PrimFunc binds around the call, each with the depth of the
    list of statements that binds them; ``locals`` those of the macros around. ``captures`` tells
    whether other names are constants from where the macro stands. Pieces of the body have places
    in ``frame``, and ``around`` is where the call is.
    """

    values: dict[str, ArgumentText] = {}
    names: dict[str, str] = {}
    macros: dict[str, Macro] = {}
    suffix: str = ""
    level: int = 0
    scopes: tuple[tuple[int, frozenset[str]], ...] = ()
    locals: frozenset[str] = frozenset()
    captures: bool = False
    frame: int = 0
    around: Places = ()

    def binds(self, name: str, deeper_than: int = -1) -> bool:
        """Whether a name has another meaning here than ``deeper_than`` lists of statements out."""
        bound = any(name in names for depth, names in self.scopes if depth > deeper_than)
        return bound or name in self.locals


def parameters(node: ast.FunctionDef) -> list[ast.arg]:
    """Return the parameters of a macro without ``**kwargs``."""
    rest = [node.args.vararg] if node.args.vararg is not None else []
    return [*node.args.posonlyargs, *node.args.args, *rest, *node.args.kwonlyargs]


@lru_cache(maxsize=64)  # of macros: each is asked for at every call of it
def variables_of(node: ast.FunctionDef) -> frozenset[str]:
    """Return the names of a macro's variables, without its parameters."""
    return frozenset(bound_names(node) - {argument.arg for argument in parameters(node)})


@lru_cache(maxsize=64)
def assigned(node: ast.FunctionDef) -> frozenset[str]:
    """Return the names that assignments in a macro give a value."""
    kinds = ast.Assign | ast.AnnAssign
    return frozenset(
        name
        for inner in ast.walk(node)
        if isinstance(inner, kinds)
        for name in assigned_names(inner)
    )


def names_outside_macros(node: ast.AST) -> set[str]:
    """Return the names in a PrimFunc, without those that stand in its macros alone."""
    names: set[str] = set()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Name):
            names.add(child.id)
        elif isinstance(child, ast.arg):
            names.add(child.arg)
        if not is_macro(child):
            names |= names_outside_macros(child)
    return names


@lru_cache(maxsize=64)
def free(node: ast.FunctionDef) -> frozenset[str]:
    """Return the names that a macro reads and does not give a value itself."""
    names = (inner for inner in ast.walk(node) if isinstance(inner, ast.Name))
    decorators = {id(inner) for d in node.decorator_list for inner in ast.walk(d)}
    read = {name.id for name in names if id(name) not in decorators}
    return frozenset(read - bound_names(node))


def stored(node: ast.AST) -> Iterator[str]:
    """Yield the names that are given a value at or below a node."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            yield inner.id


def heads(node: ast.stmt) -> list[ast.AST]:
    """Return what stands in the first line of a statement that holds others."""
    return [
        child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr | ast.withitem)
    ]


def is_docstring(node: ast.stmt) -> bool:
    """Return whether a statement is a constant alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)

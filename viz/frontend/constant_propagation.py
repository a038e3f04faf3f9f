"""Propagate constants through the statements of a file, without running Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.errors import SourceError
from viz.frontend.syntax import Constant, evaluate
from viz.messages import message_of

Constants = dict[str, Constant]
"""The names whose value is known at a statement, with their values."""

Compound = ast.If | ast.With | ast.Try | ast.TryStar | ast.For | ast.While | ast.ClassDef
"""Statements that hold other statements of the same scope, or a class with its body."""

_OWN_SCOPE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def assigned_names(node: ast.AST) -> set[str]:
    """Return the names that a statement may bind in its own scope."""
    names: set[str] = set()
    stack = [node]
    while stack:
        inner = stack.pop()
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(inner.name)
        elif isinstance(inner, ast.alias):
            names.add(inner.asname or inner.name.partition(".")[0])
        elif isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            names.add(inner.id)
        elif not isinstance(inner, _OWN_SCOPE):
            stack += ast.iter_child_nodes(inner)
    return names


def propagate(node: ast.stmt, known: Constants) -> bool:
    """Apply an assignment to ``known``.

    A name that is given a value which takes Python to compute is removed from ``known``.

    Returns
    -------
    bool
        False when the statement gives no name a constant value.
    """
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return True
    try:
        values = dict(_assignments(node, known))
    except SourceError:
        values = {}
    for name in assigned_names(node):
        known.pop(name, None)
    known.update(values)
    return bool(values)


def _assignments(node: ast.stmt, known: Constants) -> Iterator[tuple[str, Constant]]:
    """Yield name and value of each constant that an assignment assigns.

    Raises
    ------
    SourceError
        When a value is no constant.
    """
    if isinstance(node, ast.Assign):
        value = evaluate(node.value, known)
        for target in node.targets:
            yield from _unpacked(target, value)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield from _unpacked(node.target, evaluate(node.value, known))
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        left = ast.Name(id=node.target.id, ctx=ast.Load())
        yield node.target.id, evaluate(ast.BinOp(left=left, op=node.op, right=node.value), known)


def _unpacked(target: ast.expr, value: Constant) -> Iterator[tuple[str, Constant]]:
    """Yield name and value of each name of a target, tuples unpacked."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif (
        isinstance(target, ast.Tuple | ast.List)
        and isinstance(value, tuple)
        and len(target.elts) == len(value)
    ):
        for element, part in zip(target.elts, value, strict=True):
            yield from _unpacked(element, part)
    else:
        written = ast.unparse(target)[:60]
        raise SourceError(message_of("constant-no-name", written=written))


def branches(node: Compound, known: Constants) -> list[list[ast.stmt]]:
    """Return the alternative bodies of a statement, of which one is executed.

    One that ends in ``raise`` is left out; of a ``try`` the body without an exception comes last.
    """
    if isinstance(node, ast.If):
        try:
            return [node.body if evaluate(node.test, known) else node.orelse]
        except SourceError:
            bodies = [node.body, node.orelse]
    elif isinstance(node, ast.Try | ast.TryStar):
        bodies = [handler.body for handler in node.handlers]
        bodies.append([*node.body, *node.orelse, *node.finalbody])
    elif isinstance(node, ast.For | ast.While):
        bodies = [[], [*node.body, *node.orelse]]
    else:
        bodies = [node.body]
    return [body for body in bodies if not (body and isinstance(body[-1], ast.Raise))] or bodies


def merge(ends: list[Constants]) -> Constants:
    """Return the constants on which the ends of all branches agree."""
    first, *others = ends
    return {
        name: value
        for name, value in first.items()
        if all(name in other and repr(other[name]) == repr(value) for other in others)
    }

"""What the names of a file are worth at each statement, told without running Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.errors import SourceError
from viz.frontend.syntax import Constant, evaluate

Known = dict[str, Constant]
Compound = ast.If | ast.With | ast.Try | ast.TryStar | ast.For | ast.While | ast.ClassDef
"""Statements that hold others which run where they stand."""

_OWN_SCOPE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def stored(node: ast.AST) -> set[str]:
    """Return the names that a statement may bind in the scope it stands in."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(each.name)
        elif isinstance(each, ast.alias):
            found.add(each.asname or each.name.partition(".")[0])
        elif isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load):
            found.add(each.id)
        elif not isinstance(each, _OWN_SCOPE):
            waiting += ast.iter_child_nodes(each)
    return found


def bind(node: ast.stmt, known: Known) -> bool:
    """Carry out a statement on ``known``; False when it binds no names, or none to constants.

    A name that gets a value which takes Python to compute is known no longer.
    """
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return True
    try:
        values = dict(_assigned(node, known))
    except SourceError:
        values = {}
    names = stored(node)
    for name in names:
        known.pop(name, None)
    known.update(values)
    return bool(values)


def _assigned(node: ast.stmt, known: Known) -> Iterator[tuple[str, Constant]]:
    if isinstance(node, ast.Assign):
        value = evaluate(node.value, known)
        for target in node.targets:
            yield from _spread(target, value)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield from _spread(node.target, evaluate(node.value, known))
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        left = ast.Name(id=node.target.id, ctx=ast.Load())
        yield node.target.id, evaluate(ast.BinOp(left=left, op=node.op, right=node.value), known)


def _spread(target: ast.expr, value: Constant) -> Iterator[tuple[str, Constant]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif (
        isinstance(target, ast.Tuple | ast.List)
        and isinstance(value, tuple)
        and len(target.elts) == len(value)
    ):
        for element, part in zip(target.elts, value, strict=True):
            yield from _spread(element, part)
    else:
        message = f"`{ast.unparse(target)[:60]}` is no name for a constant"
        raise SourceError(message)


def paths(node: Compound, known: Known) -> list[list[ast.stmt]]:
    """Return the lists of statements of which one runs; one that ends in ``raise`` is no choice.

    The usual way through a ``try`` comes last.
    """
    if isinstance(node, ast.If):
        try:
            return [node.body if evaluate(node.test, known) else node.orelse]
        except SourceError:
            found = [node.body, node.orelse]
    elif isinstance(node, ast.Try | ast.TryStar):
        found = [handler.body for handler in node.handlers]
        found.append([*node.body, *node.orelse, *node.finalbody])
    elif isinstance(node, ast.For | ast.While):
        found = [[], [*node.body, *node.orelse]]
    else:
        found = [node.body]
    return [path for path in found if not (path and isinstance(path[-1], ast.Raise))] or found


def merged(ends: list[Known]) -> Known:
    """Return what is known whichever of the paths was taken."""
    first, *others = ends
    return {
        name: value
        for name, value in first.items()
        if all(name in other and repr(other[name]) == repr(value) for other in others)
    }

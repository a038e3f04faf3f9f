"""Check what a call spreads by name: ``*registers``, ``**options``.

Python would iterate over it, and a buffer has no end. So the name must stand for a list or a
dictionary of the program's own, wherever the program gives it a value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from viz.frontend.gate.context import Refusal
from viz.frontend.syntax import dotted
from viz.messages import message_of

_FINITE: dict[type[ast.AST], tuple[type[ast.expr], ...]] = {
    ast.Starred: (ast.List, ast.Tuple, ast.ListComp),
    ast.keyword: (ast.Dict,),
}
"""What may be spread by ``*`` and by ``**``."""


def check_spread(
    tree: ast.AST, nodes: Iterable[ast.Starred | ast.keyword], letters: Mapping[str, str]
) -> None:
    """Check that each name that is spread stands for something that has an end.

    Raises
    ------
    Refusal
        At the first that may not.
    """
    values = _values(tree, letters)
    for node in nodes:
        assert isinstance(node.value, ast.Name)
        given = values.get(node.value.id, [])
        finite = [isinstance(value, _FINITE[type(node)]) and _is_public(value) for value in given]
        if not finite or not all(finite):
            kind = "gate-star" if isinstance(node, ast.Starred) else "gate-private-arguments"
            raise Refusal(node, message_of(kind))


def _values(tree: ast.AST, letters: Mapping[str, str]) -> dict[str, list[ast.expr | None]]:
    """Return what ``T.meta_var`` holds for each name that is bound, None for other values."""
    values: dict[str, list[ast.expr | None]] = {}
    held: set[ast.AST] = set()
    for node in ast.walk(tree):
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(target, ast.Name):
            value = _held(node.value, letters) if len(node.targets) == 1 else None
            values.setdefault(target.id, []).append(value)
            held.add(target)
        elif isinstance(node, ast.arg):
            values.setdefault(node.arg, []).append(None)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            values.setdefault(node.name, []).append(None)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            if node not in held:
                values.setdefault(node.id, []).append(None)
    return values


def _held(value: ast.expr, letters: Mapping[str, str]) -> ast.expr | None:
    if not isinstance(value, ast.Call) or len(value.args) != 1 or value.keywords:
        return None
    root, _, member = dotted(value).partition(".")
    return value.args[0] if letters.get(root) == "T" and member == "meta_var" else None


def _is_public(value: ast.expr) -> bool:
    """Return whether all keys of a dictionary are names of arguments that a call may give."""
    keys = value.keys if isinstance(value, ast.Dict) else []
    return all(
        isinstance(key, ast.Constant)
        and isinstance(key.value, str)
        and key.value.isidentifier()
        and not key.value.startswith("_")
        for key in keys
    )

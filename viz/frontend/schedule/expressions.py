"""Say which Python expressions a step of a schedule may hold."""

from __future__ import annotations

import ast

from viz.messages import Message, message_of
from viz.model.catalog import schedule_methods


class Unreadable(Exception):
    """A node that a step may not hold, and why."""

    def __init__(self, node: ast.AST, reason: Message) -> None:
        super().__init__(reason.text())
        self.node = node
        self.reason = reason


OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)
"""What steps may compute with; division is that of whole numbers."""

MOST_DEPTH = 30
"""Nesting of an expression."""

LITERALS = (int, float, str, type(None))


def require_readable(node: ast.expr, variable: str, depth: int = 0) -> None:
    """Check an expression of a step.

    Parameters
    ----------
    variable
        The name of the Schedule, whose methods may be called.

    Raises
    ------
    Unreadable
        At the first part that is no plain value, name, list, or call of a reviewed method.
    """
    if depth > MOST_DEPTH:
        raise Unreadable(node, message_of("step-too-deep"))
    if isinstance(node, ast.Constant):
        if not isinstance(node.value, LITERALS):
            raise Unreadable(node, message_of("step-expression"))
        return
    if isinstance(node, ast.Name):
        if node.id == variable:
            raise Unreadable(node, message_of("step-whole-schedule"))
        return
    for child in _parts(node, variable):
        require_readable(child, variable, depth + 1)


def _parts(node: ast.expr, variable: str) -> list[ast.expr]:
    """Return the expressions inside one that may stand in a step."""
    if isinstance(node, ast.List | ast.Tuple):
        return node.elts
    if isinstance(node, ast.Starred):
        return [node.value]
    if isinstance(node, ast.Dict) and all(node.keys):
        return [*(key for key in node.keys if key is not None), *node.values]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return [node.operand]
    if isinstance(node, ast.BinOp) and isinstance(node.op, OPERATORS):
        return [node.left, node.right]
    if isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Slice):
            bounds = node.slice.lower, node.slice.upper, node.slice.step
            return [node.value, *(bound for bound in bounds if bound is not None)]
        return [node.value, node.slice]
    if isinstance(node, ast.Lambda):
        if node.args.kwonlyargs or node.args.kwarg or node.args.defaults:
            raise Unreadable(node, message_of("step-expression"))
        return [node.body]
    if isinstance(node, ast.Call):
        _require_method(node, variable)
        if any(keyword.arg is None for keyword in node.keywords):
            raise Unreadable(node, message_of("step-expression"))
        return [*node.args, *(keyword.value for keyword in node.keywords)]
    raise Unreadable(node, message_of("step-expression"))


def _require_method(node: ast.Call, variable: str) -> None:
    function = node.func
    if not (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == variable
    ):
        raise Unreadable(node, message_of("step-call"))
    if schedule_methods.row_of(function.attr) is None:
        close = schedule_methods.like(function.attr)
        known = message_of("step-like", names=close) if close else message_of("step-unlike")
        raise Unreadable(node, message_of("step-method", method=function.attr, known=known))


def methods_of(node: ast.expr, variable: str) -> list[str]:
    """Return the methods that an expression calls, the outermost first, as they are written."""
    return [
        each.func.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and isinstance(each.func.value, ast.Name)
        and each.func.value.id == variable
    ]

"""Find the part of a piece of Python that a field of a node matches, by the node's type.

A node matches a piece of Python as a whole (:mod:`viz.passes.origins.python_match`); what stands in
its fields then matches parts of that piece: the value of a store the right side of an assignment.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

Pieces = tuple[ast.AST, ...]
"""Pieces of Python that a node may match, the likeliest first."""

LEFT = {"a", "condition", "value"}
"""Fields that hold the first of two operands."""


def operands(piece: ast.AST, name: str) -> Pieces:
    """Return the parts of an operator, comparison or call of two, that of the field first."""
    pair: Pieces = ()
    if isinstance(piece, ast.BinOp):
        pair = (piece.left, piece.right)
    elif isinstance(piece, ast.AugAssign):
        pair = (piece.target, piece.value)
    elif isinstance(piece, ast.Compare) and len(piece.comparators) == 1:
        pair = (piece.left, piece.comparators[0])
    elif isinstance(piece, ast.BoolOp) and len(piece.values) == 2:
        pair = (piece.values[0], piece.values[1])
    elif isinstance(piece, ast.UnaryOp):
        return (piece.operand,)
    elif isinstance(piece, ast.Call):
        if name == "value":  # of a Cast, whose type may come first
            return (piece.args[-1],) if piece.args else ()
        pair = (piece.args[0], piece.args[1]) if len(piece.args) == 2 else tuple(piece.args[:1])
    return pair if name in LEFT else pair[::-1]


def _target(piece: ast.AST, buffer: str) -> tuple[ast.AST | None, ast.AST | None]:
    """Return target and value of an assignment; of one to several names, those of the buffer."""
    if isinstance(piece, ast.AugAssign):
        return piece.target, piece
    if isinstance(piece, ast.AnnAssign):
        return piece.target, piece.value
    if not isinstance(piece, ast.Assign):
        return None, None
    target, value = piece.targets[0], piece.value
    if isinstance(target, ast.Tuple):
        for i, element in enumerate(target.elts):
            if isinstance(element, ast.Name) and element.id == buffer:
                several = isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts)
                return element, value.elts[i] if several else value  # type: ignore[attr-defined]
        return None, None
    return target, value


def _subscript(node: ast.AST | None, name: str, index: int) -> Pieces:
    """Return the buffer or one of the indices of ``buffer[…]``; a name alone has no indices."""
    if name in ("buffer", "source"):
        return () if node is None else (node.value if isinstance(node, ast.Subscript) else node,)
    if not isinstance(node, ast.Subscript):
        return ()
    indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return (indices[index],) if index < len(indices) else ()


def _store(piece: ast.AST, name: str, index: int, parent: Any) -> Pieces:
    target, value = _target(piece, str(parent.buffer.name))
    if name == "value":
        return () if value is None else (value,)
    return _subscript(target, name, index)


def _load(piece: ast.AST, name: str, index: int, parent: Any) -> Pieces:
    return _subscript(piece, name, index)


def _bind(piece: ast.AST, name: str, index: int, parent: Any) -> Pieces:
    target, value = _target(piece, str(parent.var.name))
    part = value if name == "value" else target
    return () if part is None else (part,)


def _loop(piece: ast.AST, name: str, index: int, parent: Any) -> Pieces:
    if not isinstance(piece, ast.For):
        return ()
    targets = piece.target.elts if isinstance(piece.target, ast.Tuple) else [piece.target]
    if name == "loop_var":
        return tuple(targets)
    arguments = piece.iter.args if isinstance(piece.iter, ast.Call) else []
    loop_var = str(parent.loop_var.name)
    place = next((i for i, t in enumerate(targets) if is_name(t, loop_var)), None)
    if place is None:
        return ()
    if len(targets) == len(arguments):
        return (arguments[place],) if name == "extent" else ()
    return (arguments[0],) if name == "min" and len(arguments) == 2 else ()


def is_name(node: ast.AST, name: str) -> bool:
    """Whether a piece of Python is a name alone, this one."""
    return isinstance(node, ast.Name) and node.id == name


def _test(piece: ast.AST, name: str, index: int, parent: Any) -> Pieces:
    return (piece.test,) if name == "condition" and hasattr(piece, "test") else ()


def _evaluated(piece: ast.AST, name: str, index: int, parent: Any) -> Pieces:
    if not isinstance(piece, ast.Expr):
        return (piece,)
    value = piece.value
    if isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "evaluate":
        return tuple(value.args[:1])
    return (value,)


def _call(piece: ast.AST, name: str, index: int, parent: Any) -> Pieces:
    if name != "args":
        return ()
    if isinstance(piece, ast.IfExp):
        return ((piece.test, piece.body, piece.orelse)[index],) if index < 3 else ()
    if not isinstance(piece, ast.Call):
        return operands(piece, "ab"[min(index, 1)])
    # T.call_extern and such begin with a type, which is no argument of the node.
    skipped = len(piece.args) - len(parent.args)
    place = index + skipped
    return (piece.args[place],) if skipped in (0, 1) and place < len(piece.args) else ()


def _choice(piece: ast.AST, name: str, index: int, parent: Any) -> Pieces:
    place = ("condition", "true_value", "false_value").index(name)
    if isinstance(piece, ast.IfExp):
        return ((piece.test, piece.body, piece.orelse)[place],)
    arguments = piece.args if isinstance(piece, ast.Call) else []
    return (arguments[place],) if place < len(arguments) else ()


Rule = Callable[[ast.AST, str, int, Any], Pieces]
"""Takes the piece, the field, the index in the field (0 where it is no array), and the node."""

PARTS: dict[str, Rule] = {
    "tirx.BufferStore": _store,
    "ir.TensorLoad": _load,
    "tirx.Bind": _bind,
    "tirx.For": _loop,
    "tirx.While": _test,
    "tirx.IfThenElse": _test,
    "tirx.AssertStmt": _test,
    "tirx.Evaluate": _evaluated,
    "ir.Call": _call,
    "prim.Select": _choice,
}
"""What the fields of a node match inside the piece that the node matches; others are operators."""

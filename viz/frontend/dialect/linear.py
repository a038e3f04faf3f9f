"""Compute with index expressions of a text as polynomials over what is not a sum or a product."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from viz.errors import SourceError
from viz.frontend.syntax import Constant, dotted, evaluate

Polynomial = dict[tuple[str, ...], int]
"""The coefficient of each product of factors; the product of none is the constant."""

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
"""Members of ``T`` that make a constant of a number."""


def difference(
    upper: ast.expr, lower: ast.expr | None, known: Mapping[str, Constant]
) -> Polynomial:
    """Return ``upper - lower``, with zero for a ``lower`` that is None.

    Raises
    ------
    SourceError
        When a constant in them does not fit into 64 bits.
    """
    return _sum(polynomial(upper, known), polynomial(lower, known) if lower else {}, -1)


def polynomial(node: ast.expr, known: Mapping[str, Constant]) -> Polynomial:
    """Return an expression as a polynomial."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return {(): int(node.value)} if node.value else {}
    if isinstance(node, ast.Name) and isinstance(known.get(node.id), int):
        return {(): int(evaluate(node, known))}  # type: ignore[arg-type]
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        if dotted(node).rpartition(".")[2] in INTEGERS and isinstance(node.args[0], ast.Constant):
            return polynomial(node.args[0], known)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _sum({}, polynomial(node.operand, known), -1)
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Add | ast.Sub):
            sign = 1 if isinstance(node.op, ast.Add) else -1
            return _sum(polynomial(node.left, known), polynomial(node.right, known), sign)
        if isinstance(node.op, ast.Mult):
            return _product(polynomial(node.left, known), polynomial(node.right, known))
        try:
            value = evaluate(node, known)
        except SourceError:
            pass  # it is no constant
        else:
            if isinstance(value, int):
                return {(): value} if value else {}
    return {(ast.dump(node),): 1}


def _sum(left: Polynomial, right: Polynomial, sign: int) -> Polynomial:
    total = dict(left)
    for factors, coefficient in right.items():
        total[factors] = total.get(factors, 0) + sign * coefficient
    return {factors: coefficient for factors, coefficient in total.items() if coefficient}


def _product(left: Polynomial, right: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for one, first in left.items():
        for other, second in right.items():
            total = _sum(total, {tuple(sorted((*one, *other))): first * second}, 1)
    return total

"""The gate on a program's text: an allow-list over Python's tree, before TVM's parser sees it.

TVM's parser evaluates the Python that it reads: decorators, annotations, arguments, strings in
shapes. So nothing may reach it but what TVMScript is made of. Nothing is executed here, and TVM is
not needed.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from viz.errors import ParseError, RefusedError
from viz.frontend.gate import definitions as of
from viz.frontend.gate import expressions as ex
from viz.frontend.gate.context import Missing, Refusal, Scope
from viz.frontend.gate.grammar import CALLED, DEEPEST, GRAMMAR, MOST_NODES
from viz.frontend.syntax import Constant, parsed, span_of
from viz.text import Patched, Span, Text

LETTERS = {
    "T": "T",
    "tir": "T",
    "tirx": "T",
    "I": "I",
    "ir": "I",
    "Tx": "Tx",
    "Axis": "Axis",
    "R": "R",
    "relax": "R",
    "tvm": "tvm",
    "TypeVar": "TypeVar",
}
"""The names that TVM's parser gives a meaning to by itself."""

# A rule checks one node; it returns True when what is below needs no look.
RULES: dict[type[ast.AST], Callable[[Scope, Any], bool | None]] = {
    ast.Module: of.module,
    ast.ClassDef: of.class_definition,
    ast.FunctionDef: of.function,
    ast.arguments: of.parameters,
    ast.arg: of.parameter,
    ast.Assign: of.assignment,
    ast.Assert: of.assertion,
    ast.Expr: of.statement,
    ast.For: of.loop,
    ast.While: of.loop,
    ast.Name: ex.name,
    ast.Attribute: ex.attribute,
    ast.Call: ex.call,
    ast.Starred: ex.starred,
    ast.BinOp: ex.binary,
    ast.AugAssign: ex.binary,
    ast.Compare: ex.comparison,
    ast.Dict: ex.dictionary,
    ast.Subscript: ex.subscript,
    ast.Constant: ex.constant,
}
_TABLE = {kind: (fields, RULES.get(kind)) for kind, fields in GRAMMAR.items()}
SMALL = 1 << 31
"""Whole numbers below this need no look."""

MOST_OF_A_MESSAGE = 300
_MADE_OF = "A PrimFunc has loops, blocks, if, while, assignments and calls of T only."


def check(
    text: Patched, namespaces: Mapping[str, str] | None = None, known: Mapping[str, Constant] = {}
) -> ast.Module | None:
    """Refuse a text that is more than TVMScript, and return its tree; None when it is no Python.

    Give that very tree to TVM's parser: then what was checked is what is evaluated.

    Parameters
    ----------
    text
        Exactly what TVM's parser is going to read, with the way back to the user's text.
    namespaces
        Further names of namespaces: what the user's file imports them as.
    known
        The constants that the text may use, by name.

    Raises
    ------
    RefusedError
        With the place in the user's text.
    ParseError
        When it uses a member that TVM does not have.
    """
    scope = Scope(LETTERS | dict(namespaces or {}), known)
    try:
        tree = parsed(text.string)
        with warnings.catch_warnings():  # strings are parsed too
            warnings.simplefilter("ignore")
            _walk(scope, tree)
    except Refusal as refusal:
        span = text.origin(_span(refusal.node, text.text)) if _placed(refusal.node) else None
        kind = ParseError if isinstance(refusal, Missing) else RefusedError
        raise kind(refusal.message[:MOST_OF_A_MESSAGE], span=span, hint=refusal.hint) from None
    except (SyntaxError, ValueError):
        return None  # TVM's parser cannot read it either, and says where
    except (RecursionError, MemoryError):
        raise RefusedError("the program is nested too deeply") from None
    return tree


def _walk(scope: Scope, tree: ast.AST) -> None:
    """Check a tree level by level.

    Raises
    ------
    Refusal
        At the first node that is not TVMScript.
    """
    level: list[Any] = [tree]
    count, depth, reserved = 0, 0, scope.reserved
    while level:
        count += len(level)
        depth += 1
        if count > MOST_NODES:
            raise Refusal(level[0], "the program is too large")
        if depth > DEEPEST:
            hint = "Give parts of this expression a name first."
            raise Refusal(level[0], "this is nested too deeply", hint)
        below: list[Any] = []
        for node in level:
            kind = node.__class__
            if kind is ast.Name:
                found = node.id
                if found not in reserved and found[:2] != "__" and node.ctx.__class__ is ast.Load:
                    continue  # most nodes are such names
            elif (
                kind is ast.Constant and node.value.__class__ is int and -SMALL < node.value < SMALL
            ):
                continue  # and most others such numbers
            known = _TABLE.get(kind)
            if known is None:
                called = CALLED.get(kind.__name__, f"Python's {kind.__name__}")
                raise Refusal(node, f"{called} is not TVMScript", _MADE_OF)
            fields, rule = known
            if rule is not None and rule(scope, node):
                continue
            for field in fields:
                value = getattr(node, field)
                if value.__class__ is list:
                    below += value
                elif value is not None:
                    below.append(value)
        level = below
    for node, expression in scope.quotations:
        _quoted(scope, node, expression)
    scope.finish()


def _quoted(scope: Scope, node: ast.Constant, found: ast.expr) -> None:
    """Check the expression that a string holds by the same rules."""
    inner = Scope(scope.letters, scope.known, quoted=True)
    try:
        _walk(inner, found)
    except Refusal as refusal:
        message = f"in this string, {refusal.message}"
        raise Refusal(node, message, refusal.hint) from None


def _placed(node: ast.AST) -> bool:
    return hasattr(node, "lineno")


def _span(node: ast.AST, text: Text) -> Span:
    """Return the first line of a node; of a definition that of its name."""
    if isinstance(node, of.Definition):
        return text.line_span(node.lineno)
    span = span_of(node, text)
    line = text.line_span(text.position(span.start).line)
    return Span(span.start, min(span.end, line.end))

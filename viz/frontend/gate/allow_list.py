"""Check the ``ast`` of a text against an allow-list, before TVM's parser is given it.

TVM's parser evaluates the Python that it reads: decorators, annotations, arguments, strings in
shapes. So it is given only what TVMScript consists of. Nothing is executed here.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from viz.errors import ParseError, RefusedError
from viz.frontend.gate import definitions, expressions
from viz.frontend.gate.context import Rebound, Refusal, Scope, UnknownMember
from viz.frontend.gate.grammar import BUILTINS, DEEPEST, GRAMMAR, MOST_NODES, NAMES_OF_REFUSED
from viz.frontend.gate.members import members
from viz.frontend.gate.own_names import own_names
from viz.frontend.gate.spread import check_spread
from viz.frontend.syntax import Constant, DefinitionNode, parsed, span_of
from viz.messages import Message, hint_message, message_of
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
"""The names that TVM's parser knows by itself, and the namespace that each stands for."""

# A rule checks one node. It returns True when the nodes below need no check.
RULES: dict[type[ast.AST], Callable[[Scope, Any], bool | None]] = {
    ast.Module: definitions.module,
    ast.ClassDef: definitions.class_definition,
    ast.FunctionDef: definitions.function,
    ast.arguments: definitions.parameters,
    ast.arg: definitions.parameter,
    ast.Assign: definitions.assignment,
    ast.Assert: definitions.assertion,
    ast.Expr: definitions.statement,
    ast.For: definitions.loop,
    ast.While: definitions.loop,
    ast.Name: expressions.name,
    ast.Attribute: expressions.attribute,
    ast.Call: expressions.call,
    ast.Starred: expressions.starred,
    ast.BinOp: expressions.binary,
    ast.AugAssign: expressions.binary,
    ast.Compare: expressions.comparison,
    ast.Dict: expressions.dictionary,
    ast.ListComp: expressions.comprehension,
    ast.Subscript: expressions.subscript,
    ast.Constant: expressions.constant,
}
_TABLE = {kind: (fields, RULES.get(kind)) for kind, fields in GRAMMAR.items()}
SMALL = 1 << 31
"""Integers whose magnitude is below this need no check."""

MOST_OF_A_MESSAGE = 300
"""Characters."""


def check(
    text: Patched,
    namespaces: Mapping[str, str] | None = None,
    known: Mapping[str, Constant] = {},
    generation: str = "",
) -> ast.Module | None:
    """Check a text and return its ``ast``; None when it is no Python.

    TVM's parser must be given that very tree, so that what it evaluates is what was checked.

    Parameters
    ----------
    text
        The text for TVM's parser, with the mapping to the user's text.
    namespaces
        Further names of TVM's namespaces, as the user's file imports them: ``{"tir": "T"}``.
    known
        The constants that the text may use, by name.
    generation
        The generation of TVM that is to parse the text, a key of
        :data:`viz.frontend.gate.members.FILES`.

    Raises
    ------
    RefusedError
        When it holds something other than TVMScript, with the place in the user's text.
    ParseError
        When it uses a member of a namespace that TVM does not have.
    """
    letters, listed = LETTERS | dict(namespaces or {}), members(generation)
    try:
        tree = parsed(text.string)
        with warnings.catch_warnings():  # strings are parsed too
            warnings.simplefilter("ignore")
            try:
                _walk(Scope(letters, known, listed=listed), tree)
            except Rebound:
                own = own_names(tree, BUILTINS | letters.keys())
                _walk(Scope(letters, known, listed=listed, own=own), tree)
    except Refusal as refusal:
        span = text.origin(_span(refusal.node, text.text)) if _placed(refusal.node) else None
        kind = ParseError if isinstance(refusal, UnknownMember) else RefusedError
        what = refusal.what.shortened(MOST_OF_A_MESSAGE)
        raise kind(what, span=span, hint=refusal.advice or "") from None
    except (SyntaxError, ValueError):
        return None  # TVM's parser rejects it too, with the place
    except (RecursionError, MemoryError):
        raise RefusedError(message_of("gate-too-nested")) from None
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
            raise Refusal(level[0], message_of("gate-too-large"))
        if depth > DEEPEST:
            raise Refusal(level[0], message_of("gate-nested-here"))
        below: list[Any] = []
        for node in level:
            kind = node.__class__
            if kind is ast.Name:
                name = node.id
                if name not in reserved and name[:2] != "__" and node.ctx.__class__ is ast.Load:
                    continue  # most nodes are such names
            elif (
                kind is ast.Constant and node.value.__class__ is int and -SMALL < node.value < SMALL
            ):
                continue  # and most others such numbers
            row = _TABLE.get(kind)
            if row is None:
                what = _name_of_refused(kind.__name__)
                raise Refusal(node, message_of("gate-not-tvmscript", what=what))
            fields, rule = row
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
        _walk_quoted(scope, node, expression)
    if scope.spread:
        check_spread(tree, scope.spread, scope.letters)
    scope.finish()


def _name_of_refused(kind: str) -> Message | str:
    name = NAMES_OF_REFUSED.get(kind)
    if name is None:
        return message_of("python-node", kind=kind)
    return name if name.startswith("`") else message_of(name)


def _walk_quoted(scope: Scope, node: ast.Constant | ast.Name, expression: ast.expr) -> None:
    """Check the expression that a string holds by the same rules."""
    inner = Scope(scope.letters, scope.known, quoted=True, listed=scope.listed, own=frozenset())
    try:
        _walk(inner, expression)
    except Refusal as refusal:
        what = message_of("gate-in-string", why=refusal.what)
        advice = refusal.advice or hint_message(refusal.what)
        raise Refusal(node, what, advice) from None


def _placed(node: ast.AST) -> bool:
    return hasattr(node, "lineno")


def _span(node: ast.AST, text: Text) -> Span:
    """Return the span of a node on its first line; of a definition the line of its name."""
    if isinstance(node, DefinitionNode):
        return text.line_span(node.lineno)
    span = span_of(node, text)
    line = text.line_span(text.position(span.start).line)
    return Span(span.start, min(span.end, line.end))

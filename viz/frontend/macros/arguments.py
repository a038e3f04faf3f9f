"""Bind the arguments of a call of a macro to its parameters."""

from __future__ import annotations

import ast
import re

from viz.errors import SourceError
from viz.frontend.macros.macro import ArgumentText, Body, Macro
from viz.frontend.macros.pieces import Pieces
from viz.frontend.syntax import Constant, dotted, evaluate, span_of
from viz.messages import message_of

_PURE = re.compile(
    r"(?:u?int|float|bfloat)\d\w*|bool|cast|Cast|max|min|abs|exp\d*|log\d*|sqrt|rsqrt|pow|tanh|"
    r"sigmoid|floor\w*|ceil\w*|trunc\w*|round|if_then_else|Select|Ramp|Broadcast|likely|"
    r"address_of|shift_left|shift_right|bitwise_\w+|reinterpret|access_ptr|ptr_to"
)
"""Functions of ``T`` and methods of buffers whose value is the same each time they are called."""
_ATOMS = (ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Call, ast.Tuple, ast.List)


class MacroArguments:
    """Binds arguments, as text."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces

    def bound(self, call: ast.Call, macro: Macro, body: Body) -> dict[str, ArgumentText]:
        """Return the arguments of a call by parameter."""
        arguments, name = macro.node.args, macro.node.name
        starred = [a for a in call.args if isinstance(a, ast.Starred)]
        if arguments.vararg or arguments.kwarg or starred or None in [k.arg for k in call.keywords]:
            self.pieces.refuse(call, name, message_of("macro-starred"))
        plain = [*arguments.posonlyargs, *arguments.args]
        found: dict[str, ast.expr] = dict(
            zip((argument.arg for argument in plain), call.args, strict=False)
        )
        known = [argument.arg for argument in [*plain, *arguments.kwonlyargs]]
        for keyword in call.keywords:
            if keyword.arg in found or keyword.arg not in known:
                what = message_of("macro-no-such-argument", name=str(keyword.arg))
                self.pieces.refuse(call, name, what)
            found[str(keyword.arg)] = keyword.value
        if len(call.args) > len(plain):
            self.pieces.refuse(call, name, message_of("macro-argument-count", count=len(plain)))
        values = {key: self.value(call, name, expr, body) for key, expr in found.items()}
        defaults: list[ast.expr | None] = [
            *arguments.defaults[::-1],
            *([None] * (len(plain) - len(arguments.defaults))),
        ]
        rows = [*zip(plain, defaults[::-1], strict=True)]
        rows += [*zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
        for argument, default in rows:
            if argument.arg in values:
                continue
            if default is None or not isinstance(default, ast.Constant):
                what = message_of("macro-argument-missing", name=argument.arg)
                self.pieces.refuse(call, name, what)
            values[argument.arg] = self.value(call, name, default, Body())
        return values

    def value(self, call: ast.Call, macro: str, node: ast.expr, body: Body) -> ArgumentText:
        """Return an argument, with the arguments of the macro around in it."""
        if (
            isinstance(node, ast.Name)
            and (passed := self.pieces.macro_of(node.id, body)) is not None
        ):
            return ArgumentText((), body.frame, frozenset(), macro=passed)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Lambda | ast.ListComp) or (
                isinstance(inner, ast.Call)
                and not _PURE.fullmatch(dotted(inner).rpartition(".")[2])
            ):
                self.pieces.refuse(call, macro, message_of("macro-argument-changes"))
        self.pieces.require_no_value([node], body)
        pieces = self.pieces.substituted(span_of(node, self.pieces.text), [node], body)
        string = "".join(piece.new for piece in pieces)
        negative = isinstance(node, ast.Constant) and string.startswith("-")
        if not isinstance(node, _ATOMS) or negative or "\n" in string:
            span = span_of(node, self.pieces.text)
            pieces = [
                self.pieces.piece("(", span, body),
                *pieces,
                self.pieces.piece(")", span, body),
            ]
        names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
        for name in names & body.values.keys():
            names = names - {name} | body.values[name].names
        constants = {
            name: value.constant
            for name, value in body.values.items()
            if value.constant is not None
        }
        constant: Constant | None = None
        try:
            constant = evaluate(node, constants)
        except SourceError:
            pass
        return ArgumentText(tuple(pieces), body.frame, frozenset(names), constant)

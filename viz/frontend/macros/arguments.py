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
        given = [value for node in call.args for value in self.spread(call, name, node, body)]
        if arguments.kwarg or None in [keyword.arg for keyword in call.keywords]:
            self.pieces.refuse(call, name, message_of("macro-starred"))
        plain = [*arguments.posonlyargs, *arguments.args]
        values = dict(zip((argument.arg for argument in plain), given, strict=False))
        known = [argument.arg for argument in [*plain, *arguments.kwonlyargs]]
        for keyword in call.keywords:
            if keyword.arg in values or keyword.arg not in known:
                what = message_of("macro-no-such-argument", name=str(keyword.arg))
                self.pieces.refuse(call, name, what)
            values[str(keyword.arg)] = self.value(call, name, keyword.value, body)
        if arguments.vararg is not None:
            values[arguments.vararg.arg] = self.together(call, given[len(plain) :], body)
        elif len(given) > len(plain):
            self.pieces.refuse(call, name, message_of("macro-argument-count", count=len(plain)))
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

    def spread(
        self, call: ast.Call, macro: str, node: ast.expr, body: Body
    ) -> tuple[ArgumentText, ...]:
        """Return an argument, or those that ``*args`` of the macro around stands for."""
        if not isinstance(node, ast.Starred):
            return (self.value(call, macro, node, body),)
        value = body.values.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if value is None or value.elements is None:
            self.pieces.refuse(call, macro, message_of("macro-starred"))
        place = span_of(node, self.pieces.text)
        return tuple(
            element._replace(
                pieces=tuple(self.pieces.placed(element, place, body)), frame=body.frame
            )
            for element in value.elements
        )

    def together(self, call: ast.Call, elements: list[ArgumentText], body: Body) -> ArgumentText:
        """Return what ``*args`` stands for: a tuple of arguments.

        Raises
        ------
        SourceError
            When one of them is a macro, which no tuple can hold.
        """
        span = span_of(call, self.pieces.text)
        pieces = [self.pieces.piece("(", span, body)]
        for element in elements:
            if element.macro is not None:
                self.pieces.refuse(call, dotted(call), message_of("macro-starred"))
            pieces += [*element.pieces, self.pieces.piece(", ", span, body)]
        pieces.append(self.pieces.piece(")", span, body))
        names = frozenset[str]().union(*(element.names for element in elements))
        return ArgumentText(tuple(pieces), body.frame, names, elements=tuple(elements))

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

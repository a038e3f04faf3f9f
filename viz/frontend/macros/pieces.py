"""Put the text of a macro's body together, with the places that its characters come from."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import NoReturn

from viz.errors import SourceError
from viz.frontend.macros.macro import ArgumentText, Body, Macro
from viz.frontend.syntax import Constant, dotted, span_of
from viz.messages import Message, message_of
from viz.text import Patched, Piece, Span

MOST_CHARACTERS = 400_000
"""Of all that is written out."""

MOST_CALLS = 2_000
"""Of macros that are written out: calls that double reach it long before as many characters."""


class Pieces:
    """Makes pieces of a text, with arguments in the place of parameters.

    Parameters
    ----------
    base
        The text that holds the macros and their calls.
    variables, captured
        The constants of the functions and those where the macros stand, by name.
    """

    def __init__(
        self, base: Patched, variables: Mapping[str, Constant], captured: Mapping[str, Constant]
    ) -> None:
        self.base = base
        self.text = base.text
        self.variables = variables
        self.captured = captured
        self.written = 0
        self.frames = 0

    def macro_of(self, name: str, body: Body) -> Macro | None:
        """Return the macro that a name stands for."""
        value = body.values.get(name)
        return value.macro if value is not None else body.macros.get(name)

    def new_frame(self) -> int:
        """Return the number of another frame."""
        self.frames += 1
        return self.frames

    def piece(self, new: str, span: Span, body: Body) -> Piece:
        """Return characters that stand for a span."""
        return Piece(new, ((body.frame, span), *body.around))

    def verbatim(self, span: Span, body: Body) -> Piece:
        """Return the characters of the text themselves."""
        return self.piece(self.base.string[span.start : span.end], span, body)

    def placed(self, value: ArgumentText, place: Span, body: Body) -> Iterator[Piece]:
        """Yield an argument in the place of a parameter: a frame in the frame of the body."""
        frame = self.new_frame()
        for piece in value.pieces:
            index = next(i for i, (number, _) in enumerate(piece.places) if number == value.frame)
            inner = (*piece.places[:index], (frame, piece.places[index][1]))
            yield Piece(piece.new, (*inner, (body.frame, place), *body.around))

    def substituted(self, span: Span, nodes: Iterable[ast.AST], body: Body) -> list[Piece]:
        """Return the characters of a span with arguments in the place of parameters."""
        changes: list[tuple[Span, tuple[Piece, ...]]] = []
        chosen: set[ast.AST] = set()
        for node in (inner for outer in nodes for inner in ast.walk(outer)):
            if (element := self.element(node, body)) is not None:
                chosen.update(ast.walk(node))
                place = span_of(node, self.text)
                changes.append((place, tuple(self.placed(element, place, body))))
            elif isinstance(node, ast.Name) and node not in chosen:
                place = span_of(node, self.text)
                if (new := self.replacement(node, body, place)) is not None:
                    changes.append((place, new))
            elif body.suffix and isinstance(node, ast.Call) and node.args:
                name = node.args[0]
                is_block = dotted(node).rpartition(".")[2] in ("block", "sblock")
                if is_block and isinstance(name, ast.Constant) and isinstance(name.value, str):
                    place = span_of(name, self.text)
                    if name.value:
                        new_name = repr(name.value + body.suffix)
                        changes.append((place, (self.piece(new_name, place, body),)))
        pieces: list[Piece] = []
        done = span.start
        for place, new in sorted(changes, key=lambda change: change[0]):
            pieces += [self.verbatim(Span(done, place.start), body), *new]
            done = place.end
        pieces.append(self.verbatim(Span(done, span.end), body))
        self.written += sum(len(piece.new) for piece in pieces)
        if self.written > MOST_CHARACTERS:
            raise SourceError(message_of("macros-too-long"), span=self.base.origin(span))
        return pieces

    def element(self, node: ast.AST, body: Body) -> ArgumentText | None:
        """Return the argument that ``args[1]`` of ``*args`` stands for; None for anything else."""
        if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
            return None
        value = body.values.get(node.value.id)
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if value is None or value.elements is None or not isinstance(index, int):
            return None
        return value.elements[index] if index < len(value.elements) else None

    def replacement(self, node: ast.Name, body: Body, place: Span) -> tuple[Piece, ...] | None:
        """Return what is written for a name in the body of a macro; None for the name itself."""
        if node.id in body.names:
            return (self.piece(body.names[node.id], place, body),)
        value = body.values.get(node.id)
        if value is not None:
            if not isinstance(node.ctx, ast.Load):
                what = message_of("macro-sets-argument", name=node.id)
                raise SourceError(what, span=self.base.origin(place))
            return tuple(self.placed(value, place, body))
        if not body.captures or node.id not in self.captured or node.id in body.macros:
            return None
        constant = self.captured[node.id]
        if body.binds(node.id) or self.variables.get(node.id) != constant:
            return (self.piece(repr(constant), place, body),)
        return None

    def require_no_value(self, nodes: Iterable[ast.AST], body: Body) -> None:
        """Refuse a macro that is used where it is not called as a statement."""
        for node in (inner for outer in nodes for inner in ast.walk(outer)):
            if isinstance(node, ast.Name) and self.macro_of(node.id, body) is not None:
                self.refuse(node, node.id, message_of("macro-as-value"))

    def refuse(self, node: ast.expr, name: str, why: Message) -> NoReturn:
        """Raise the error for a macro that cannot be written out."""
        raise SourceError(
            message_of("macro-not-written-out", name=name, why=why),
            span=self.base.origin(span_of(node, self.text)),
        )

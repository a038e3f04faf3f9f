"""Map what TVM says of a place, a span or an access path, to the user's text and its nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import tvm
from tvm import relax

from viz.text import Patched, Span

Key = tuple[int, int, int, int]
"""First line, first column, last line, column after the last: 1-based, in UTF-8 bytes."""


PATH = re.compile(
    r'<root>(?:\.functions\[I\.GlobalVar\("(?P<name>\w+)"\)\])?(?P<rest>(?:\.\w+|\[\d+\])*)'
)
"""A path such as ``<root>.functions[I.GlobalVar("f")].body.indices[0]``."""

INEXACT = "nearest visible parent"
"""A note that TVM adds where the path leads to another node than the error's."""


class UserText:
    """Maps TVM spans to the user's text.

    Attributes
    ----------
    parsed
        The text that TVM parsed; None for a module that was built elsewhere.
    """

    def __init__(self, patched: Patched | None) -> None:
        self._patched = patched
        self.parsed = None if patched is None else patched.string

    def __call__(self, span: Any) -> Span | None:
        """Return the user's span of a TVM span; None where there is no text."""
        place = key_of_span(span)
        return None if place is None else self.place(place)

    def place(self, key: Key) -> Span | None:
        """Return the user's span of a range of the text that TVM parsed."""
        if self._patched is None:
            return None
        line, column, end_line, end_column = key
        start = self._patched.text.offset_of_byte(line, column - 1)
        end = self._patched.text.offset_of_byte(end_line, end_column - 1)
        return self._patched.origin(Span(start, end)) if start < end else None


def key_of_span(span: Any) -> Key | None:
    """Return the lines and columns of a TVM span; None for None and for a SequentialSpan."""
    if span is None or not hasattr(span, "end_line"):
        return None
    return span.line, span.column, span.end_line, span.end_column


def place_of(obj: Any) -> Any:
    """Return the TVM span of a node; of a binding, which has none, that of what it binds."""
    span = getattr(obj, "span", None)
    if span is None and isinstance(obj, relax.Binding):
        return obj.var.span
    return span


def along(message: str, mod: tvm.IRModule) -> Iterator[Any]:
    """Yield the nodes on the path in a message, outermost first; none where the path is inexact.

    A path without a function's name belongs to the only function of a module.
    """
    path = PATH.search(message)
    if path is None or INEXACT in message:
        return
    functions = {str(variable.name_hint): f for variable, f in mod.functions.items()}
    name = path["name"] or (next(iter(functions)) if len(functions) == 1 else "")
    node: Any = functions.get(name)
    for field, index in re.findall(r"\.(\w+)|\[(\d+)\]", path["rest"]):
        if node is None:
            return
        node = getattr(node, field, None) if field else node[int(index)]
        yield node


def has_place(node: Any) -> bool:
    """Whether a node's span is the node's own."""
    # The parser gives a variable the span of the statement in which it first appears.
    return isinstance(node, tvm.tirx.Stmt | tvm.ir.Expr) and not isinstance(node, tvm.ir.Var)

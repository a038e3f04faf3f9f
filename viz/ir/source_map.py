"""Map TVM's spans to spans of the user's text."""

from __future__ import annotations

from typing import Any

from viz.text import Patched, Span

Key = tuple[int, int, int, int]
"""First line, first column, last line, column after the last: 1-based, in UTF-8 bytes."""


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

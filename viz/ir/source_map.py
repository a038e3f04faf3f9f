"""The user's text behind the text that TVM's parser got, and behind TVM's spans."""

from __future__ import annotations

from typing import Any

from viz.text import Patched, Span

Key = tuple[int, int, int, int]
"""First line, first column, last line, column after the last: from 1, in UTF-8 bytes."""


class UserText:
    """Turns a TVM span into the user's span, or None where there is no text.

    Attributes
    ----------
    parsed
        The text that TVM's parser got; None for a module made elsewhere.
    """

    def __init__(self, patched: Patched | None) -> None:
        self._patched = patched
        self.parsed = None if patched is None else patched.string

    def __call__(self, span: Any) -> Span | None:
        """Return where a TVM span lies in the user's text."""
        place = key_of_span(span)
        return None if place is None else self.place(place)

    def place(self, key: Key) -> Span | None:
        """Return where a piece of the text that TVM got lies in the user's."""
        if self._patched is None:
            return None
        line, column, end_line, end_column = key
        start = self._patched.text.offset_of_byte(line, column - 1)
        end = self._patched.text.offset_of_byte(end_line, end_column - 1)
        return self._patched.origin(Span(start, end)) if start < end else None


def key_of_span(span: Any) -> Key | None:
    """Return the lines and columns of a TVM span; None for none, or for one of several pieces."""
    if span is None or not hasattr(span, "end_line"):
        return None
    return span.line, span.column, span.end_line, span.end_column

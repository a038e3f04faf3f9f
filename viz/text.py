"""Positions in a text: spans, lines and columns, and patches that map back to the original.

Offsets are 0-based code points and spans are half-open. TVM and Python's ``ast`` count columns in
UTF-8 bytes, which are converted here and nowhere else.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property

import msgspec

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


class Span(msgspec.Struct, frozen=True, order=True, gc=False):
    """The half-open range ``[start, end)`` of a text, in code points."""

    start: int
    end: int

    def __contains__(self, offset: int) -> bool:
        """Return whether the character at ``offset`` lies inside."""
        return self.start <= offset < self.end


class Position(msgspec.Struct, frozen=True, order=True):
    """A 1-based line and a 1-based column in code points."""

    line: int
    column: int


class Text:
    r"""A string with an index of its lines, to convert between offsets and positions.

    Lines end where Python's tokenizer ends them: at ``\n``, ``\r\n`` or ``\r`` only.
    """

    def __init__(self, string: str) -> None:
        self.string = string

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(line_break.end() for line_break in _LINE_BREAK.finditer(self.string))]

    @property
    def line_count(self) -> int:
        """Number of lines; an empty text has one."""
        return len(self._starts)

    def line_span(self, line: int) -> Span:
        """Return the span of a 1-based line without its line break.

        Lines past the end are empty.
        """
        if line > len(self._starts):
            return Span(len(self.string), len(self.string))
        start = self._starts[max(line, 1) - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.string)
        return Span(start, start + len(self.string[start:end].rstrip("\r\n")))

    def line(self, line: int) -> str:
        """Return a 1-based line without its line break."""
        return self.slice(self.line_span(line))

    def slice(self, span: Span) -> str:
        """Return the characters of a span."""
        return self.string[span.start : span.end]

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset (one past the end is allowed)."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a 1-based line and column (code points), kept inside the line."""
        span = self.line_span(line)
        return min(span.start + max(column, 1) - 1, span.end)

    def offset_of_byte(self, line: int, byte_column: int) -> int:
        """Return the offset of a 1-based line and a 0-based column counted in UTF-8 bytes."""
        span = self.line_span(line)
        if byte_column <= 0:
            return span.start
        prefix = self.slice(span).encode("utf-8", "surrogatepass")[:byte_column]
        return span.start + len(prefix.decode("utf-8", "ignore"))

    def excerpt(self, span: Span, number: int = 0) -> str:
        """Return the first line of a span with its number, and carets below it, for a terminal.

        Parameters
        ----------
        number
            What to call the line; its number in the text if 0.
        """
        position = self.position(span.start)
        line = self.line(position.line)
        last = min(span.end, self.line_span(position.line).end)
        head = f"{number or position.line:>5} | "
        # Tabs stay tabs, so that the carets stand below the characters that they point at.
        lead = "".join(
            "\t" if c == "\t" else " " * display_width(c) for c in line[: position.column - 1]
        )
        carets = "^" * max(1, text_width(self.string[span.start : last]))
        return f"{head}{line}\n{' ' * (len(head) - 2)}| {lead}{carets}"


def display_width(character: str) -> int:
    """Return how many terminal cells a character takes: 2 for East Asian wide ones, else 1."""
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def text_width(text: str) -> int:
    """Return how many terminal cells a text takes."""
    return sum(map(display_width, text))


class Patch(msgspec.Struct, frozen=True, order=True):
    """An edit of a text: the characters of ``span`` are replaced by ``new``."""

    span: Span
    new: str


class Patched:
    """A text with patches applied, which maps spans of the result back to the original.

    Parameters
    ----------
    original
        The text before the patches.
    patches
        Edits of ``original``; equal ones count once, others must not overlap.

    Attributes
    ----------
    string
        The text after the patches.

    Raises
    ------
    ValueError
        When two patches overlap.
    """

    def __init__(self, original: str, patches: Iterable[Patch] = ()) -> None:
        self.original = original
        self.patches = tuple(sorted(set(patches)))
        pieces: list[str] = []
        done = 0
        # One row a boundary: offset in the new text, offset in the original, whether a patch starts
        self._rows: list[tuple[int, int, bool]] = [(0, 0, False)]
        length = 0
        for patch in self.patches:
            if patch.span.start < done:
                message = f"patches overlap at offset {patch.span.start}"
                raise ValueError(message)
            kept = original[done : patch.span.start]
            pieces += [kept, patch.new]
            length += len(kept)
            self._rows.append((length, patch.span.start, True))
            length += len(patch.new)
            self._rows.append((length, patch.span.end, False))
            done = patch.span.end
        pieces.append(original[done:])
        self.string = "".join(pieces)
        self._keys = [row[0] for row in self._rows]

    @cached_property
    def text(self) -> Text:
        """The patched text with its lines."""
        return Text(self.string)

    def origin(self, span: Span) -> Span:
        """Return the span of the original that a span of the patched text comes from.

        Characters that a patch inserted come from all of what the patch replaced.
        """
        return Span(self._origin(span.start, end=False), self._origin(span.end, end=True))

    def _origin(self, offset: int, *, end: bool) -> int:
        # The end of a span belongs to the character before it, its start to the character after.
        row = bisect_right(self._keys, offset - 1 if end and offset else offset) - 1
        new, old, patched = self._rows[row]
        if not patched:
            return min(old + offset - new, len(self.original))
        return self._rows[row + 1][1] if end else old


class Piece(msgspec.Struct, frozen=True):
    """Characters of a text that was put together, and the places in another text they are from.

    Attributes
    ----------
    new
        The characters.
    places
        Pairs of a frame and a span, innermost first: where the characters themselves are, or what
        they stand for; then where the text around them, of another frame, has them. Every piece
        has a place in frame 0, which comes last.
    """

    new: str
    places: tuple[tuple[int, Span], ...]


class Spliced(Patched):
    """A text put together of pieces of a patched text, with spans that map back to the original.

    Parameters
    ----------
    base
        The text that the pieces are from.
    pieces
        What the text consists of, in order; their spans are of ``base``.
    """

    def __init__(self, base: Patched, pieces: Iterable[Piece]) -> None:
        self._base = base
        self._pieces = [piece for piece in pieces if piece.new]
        self._ends: list[int] = []
        length = 0
        for piece in self._pieces:
            length += len(piece.new)
            self._ends.append(length)
        self.original = base.original
        self.patches = base.patches
        self.string = "".join(piece.new for piece in self._pieces)

    def origin(self, span: Span) -> Span:
        """Return the span of the original that a span of this text comes from.

        It is that of the innermost frame in which both ends have a place.
        """
        if not self._pieces:
            return self._base.origin(Span(0, 0))
        first = self._places(span.start)
        last = dict(self._places(max(span.end - 1, span.start)))
        frame = next(frame for frame, _ in first if frame in last)
        start, end = dict(first)[frame].start, last[frame].end
        return self._base.origin(Span(start, max(start, end)))

    def _places(self, offset: int) -> tuple[tuple[int, Span], ...]:
        """Return the places of one character."""
        index = min(bisect_right(self._ends, offset), len(self._ends) - 1)
        piece, begin = self._pieces[index], self._ends[index] - len(self._pieces[index].new)
        frame, span = piece.places[0]
        if self._base.string[span.start : span.end] != piece.new:
            return piece.places
        at = span.start + offset - begin
        return ((frame, Span(at, at + 1)), *piece.places[1:])

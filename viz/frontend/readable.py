"""Make a text that Python can read of what the user pasted, or say why that is not possible."""

from __future__ import annotations

import re

from viz.errors import SourceError
from viz.frontend import foreign
from viz.frontend.pasted import Cleaned, cleaned
from viz.frontend.syntax import is_python, tree_of
from viz.messages import message_of
from viz.text import Span, Text

MOST_CHARACTERS = 200_000
"""Of a text, in code points."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
"""Control characters, without those that separate lines, pages and columns."""

_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a character of UTF-16."""


def readable(text: str) -> Cleaned:
    """Return a text as it is where Python can read it, else without what is no Python in it.

    Raises
    ------
    SourceError
        When the text is empty or too long, is binary, is another language or no Python.
    """
    _require_plain_text(text)
    try:
        tree_of(text)
    except SourceError as error:
        return _cleaned(text, error)
    return Cleaned(text, (), ())


def _cleaned(text: str, error: SourceError) -> Cleaned:
    """Return a text without what is no Python.

    Raises
    ------
    SourceError
        When it is another language, or when the first error is none of what was left out.
    """
    clean = cleaned(text)
    foreign.require_python(clean.text, error)
    if clean.edits and (_touches(clean, error) or is_python(clean.text, clean.margins)):
        return clean
    raise error


def _touches(clean: Cleaned, error: SourceError) -> bool:
    """Whether something was left out of the line of an error."""
    lines = Text(clean.text)
    if error.span is None:
        return True
    line = lines.line_span(lines.position(error.span.start).line)
    return any(edit.span.start <= line.end and line.start <= edit.span.end for edit in clean.edits)


def _require_plain_text(text: str) -> None:
    """Raise SourceError for a text that is empty, too long or binary."""
    if len(text) > MOST_CHARACTERS:
        raise SourceError(message_of("text-too-long", count=len(text), most=MOST_CHARACTERS))
    if control := _CONTROL.search(text):
        raise SourceError(message_of("control-characters"), span=Span(*control.span()))
    if _SURROGATE.search(text):
        raise SourceError(message_of("broken-unicode"))
    if not text.strip():
        raise SourceError(message_of("nothing-here"))

"""Read prints of a script with comments or carets, whose rest must be the plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from viz.text import Span

_COMMENT = re.compile(r"(?P<code>.*?)\s*# viz:(?P<node>\d+)")
_CARETS = re.compile(r"\^+")


class PrintError(Exception):
    """A print differs from the plain text by more than comments or carets."""


class Underlined(NamedTuple):
    """The underlined characters of some paths.

    Attributes
    ----------
    exact
        For each path whether its node was printed (otherwise TVM underlines the nearest ancestor
        that was).
    spans
        The characters of all exact paths together, cut at line ends.
    """

    exact: list[bool]
    spans: list[Span]


def comment(number: int) -> str:
    """Return the comment that a printer is to write at the statement with an id."""
    return f"viz:{number}"


def commented(text: str, printed: str) -> dict[int, int]:
    """Return the 1-based first line of each statement that has such a comment in a print.

    Raises
    ------
    PrintError
        When the print without the comments is not ``text``.
    """
    first: dict[int, int] = {}
    pending: list[int] = []
    lines: list[str] = []
    for written in printed.splitlines():
        line = written
        while (found := _COMMENT.fullmatch(line)) is not None:
            pending.append(int(found["node"]))
            line = found["code"]
        if line != written and not line:
            continue  # a comment above the statement it is about
        lines.append(line)
        first.update(dict.fromkeys(pending, len(lines)))
        pending = []
    if lines != text.splitlines():
        raise PrintError
    return first


def carets(text: str, printed: str) -> Iterator[Span]:
    """Yield the characters that carets stand below in a print.

    Raises
    ------
    PrintError
        When the print without the carets is not ``text``.
    """
    lines = iter(printed.splitlines())
    following = next(lines, None)
    begin = end = at = 0
    for line in text.splitlines():
        if following != line:
            raise PrintError
        if line:  # carets below an empty line mean the one above it
            begin, end = at, at + len(line)
        at += len(line) + 1
        following = next(lines, None)
        if following is not None and _is_carets(following):
            if begin + len(following) > end:
                raise PrintError
            # Carets stand below printable ASCII alone; TVM escapes everything else.
            yield from (
                Span(begin + c.start(), begin + c.end()) for c in _CARETS.finditer(following)
            )
            following = next(lines, None)
    if following is not None:
        raise PrintError


def _is_carets(line: str) -> bool:
    return "^" in line and not line.strip("^ ")

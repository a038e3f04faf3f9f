"""Match brackets in emitted text, and strip the calls that mark expressions from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

STRING = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
"""A literal, matched in long steps: a host's text is mostly messages."""

BRACE = re.compile(rf"{STRING}|//[^\n]*|/\*.*?\*/|(?P<brace>[{{}}])")

BRACKETS = frozenset("()")


def closing(signs: Iterable[str], pair: str) -> int | None:
    """Return the index of the sign that closes the first bracket among some; None if none does.

    Parameters
    ----------
    pair
        The opening bracket and the closing one.
    """
    depth = 0
    for i, sign in enumerate(signs):
        if sign == pair[0]:
            depth += 1
        elif sign == pair[1]:
            depth -= 1
            if depth == 0:
                return i
    return None


def after_block(text: str, start: int) -> int | None:
    """Return where the block ends whose brace is the first from an offset on; None if it does not.

    Braces in strings and comments do not count.
    """
    ends: list[int] = []

    def braces() -> Iterator[str]:
        for match in BRACE.finditer(text, start):
            ends.append(match.end())
            yield match["brace"] or ""

    last = closing(braces(), "{}")
    return None if last is None else ends[last]


def is_parenthesised(tokens: Sequence[str]) -> bool:
    """Whether one pair of parentheses encloses all of some tokens."""
    return tokens[:1] == ("(",) and closing(tokens, "()") == len(tokens) - 1


def without_marking_calls(
    tokens: Iterable[str], name: str
) -> tuple[list[str], list[tuple[int, int, int]]]:
    """Strip the calls that mark expressions from a text.

    Parameters
    ----------
    tokens
        The pieces of the text: parentheses alone, and the beginning of a marking call with its
        parenthesis.
    name
        What the names of marking calls begin with; a number follows.

    Returns
    -------
    The other pieces, and ``(first, last, number)`` of each mark: half-open, in these pieces.
    """
    kept: list[str] = []
    marks: list[tuple[int, int, int]] = []
    open_calls: list[tuple[int, int] | None] = []
    digits = slice(len(name), -1)
    for token in tokens:
        if token[-1:] not in BRACKETS:
            pass
        elif token == "(":
            open_calls.append(None)
        elif token == ")":
            if open_calls and (call := open_calls.pop()) is not None:
                marks.append((call[1], len(kept), call[0]))
                continue
        elif token.startswith(name) and token[digits].isdecimal():
            open_calls.append((int(token[digits]), len(kept)))
            continue
        kept.append(token)
    return kept, marks

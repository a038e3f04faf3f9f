"""Finds expressions that bear no mark, by letting the codegen write them once more on their own.

A vector in a call is written element by element, a pointer is cast, the index of a vector load is
looked into: none of them can be marked where it stands. So each is written again, in a block of its
own before its statement, and what it says is looked for among the characters of the node around it.
Temporaries get other numbers there, and nothing else may differ.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

from viz.engine.alignment import Placed

ECHO = re.compile(r'"viz\{(\d+)";(.*?)"viz\}\1";', re.S)
TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/|\d[\w.]*|\w+|[^\w\s]', re.S)
MARK = re.compile(r"__viz(\d+)")
TEMPORARY = re.compile(r"__\d+|v_|v__\d+|condval|condval_\d+")
ANY = "\1"
END = "\0"


class Echo(NamedTuple):
    """What an expression says on its own: its tokens, and marks in them by token numbers.

    The first ``split`` tokens are statements that it needs beforehand, the rest its value.
    """

    number: int
    tokens: tuple[str, ...]
    split: int
    marks: tuple[tuple[int, int, int], ...]


def echoes(text: str) -> Iterator[Echo]:
    """Yield the echoes in a text, in the order in which they were written."""
    for match in ECHO.finditer(text):
        number = int(match[1])
        tokens: list[str] = []
        marks: list[tuple[int, int, int]] = []
        calls: list[tuple[int, int] | None] = []
        skip = False
        for token in TOKEN.findall(match[2]):
            if skip:  # the parenthesis of a mark
                skip = False
            elif mark := MARK.fullmatch(token):
                calls.append((int(mark[1]), len(tokens)))
                skip = True
            elif token == "(":
                calls.append(None)
                tokens.append(token)
            elif token == ")" and calls and (opened := calls.pop()) is not None:
                marks.append((opened[1], len(tokens), opened[0]))
            else:
                tokens.append(token)
        if tokens and tokens[-1] == ";":
            tokens.pop()
        split = _split(tokens)
        if split == len(tokens) - 1 and TEMPORARY.fullmatch(tokens[-1]):
            tokens.pop()  # statements, and then the name of their result
        if tokens:
            whole = {(0, split or len(tokens), number), (split, len(tokens), number)}
            yield Echo(number, tuple(tokens), split, (*marks, *sorted(whole)))


def _split(tokens: list[str]) -> int:
    """Return how many tokens the statements before the value have."""
    ends = [i + 1 for i, token in enumerate(tokens) if token in (";", "}")]
    return ends[-1] if ends else 0


class Tokens:
    """A text's tokens, to look for others among them."""

    def __init__(self, text: str) -> None:
        matches = list(TOKEN.finditer(text))
        self.tokens = [match.group() for match in matches]
        self.starts = [match.start() for match in matches]
        self.ends = [match.end() for match in matches]
        normal = [_normal(token) for token in self.tokens]
        self.joined = END + "".join(token + END for token in normal)
        self.places = [0, *accumulate(len(token) + 1 for token in normal)]

    def find(self, echo: Echo, start: int, end: int) -> Iterator[list[int]]:
        """Yield where an echo stands in a range: the numbers of the tokens like its own."""
        if not echo.split or echo.split == len(echo.tokens):
            for at in self._find(echo.tokens, start, end):
                yield list(range(at, at + len(echo.tokens)))
            return
        before, value = echo.tokens[: echo.split], echo.tokens[echo.split :]
        for at in self._find(before, start, end):
            then = self.ends[at + len(before) - 1]
            for place in self._find(value, then, end):
                numbers = [*range(at, at + len(before)), *range(place, place + len(value))]
                if _renamed(echo.tokens, [self.tokens[number] for number in numbers]):
                    yield numbers
                    break

    def _find(self, tokens: tuple[str, ...], start: int, end: int) -> Iterator[int]:
        low, high = bisect_left(self.starts, start), bisect_left(self.starts, end)
        if low == high:
            return
        wanted = END + _joined(tokens)
        limit = self.places[high] + 1
        at = self.joined.find(wanted, self.places[low], limit)
        while at >= 0:
            found = bisect_left(self.places, at)
            if ANY not in wanted or _renamed(tokens, self.tokens[found : found + len(tokens)]):
                yield found
            at = self.joined.find(wanted, at + len(wanted) - 1, limit)


def place(found: Iterator[Echo], placed: Placed, parents: dict[int, int], text: str) -> Placed:
    """Return where the echoes' marks stand in the text, inside what was placed already.

    An expression can have been written several times. A single word must be there once: it may
    say something else.
    """
    ranges: dict[int, list[tuple[int, int]]] = {}
    for start, end, number in placed:
        ranges.setdefault(number, []).append((start, end))
    tokens = Tokens(text)
    added: Placed = []
    for echo in found:
        above = parents.get(echo.number, -1)
        while above >= 0 and above not in ranges:
            above = parents.get(above, -1)
        for start, end in ranges.get(above, ()):
            places = list(tokens.find(echo, start, end))
            if len(echo.tokens) == 1 and len(places) > 1:
                continue
            for numbers in places:
                for first, last, number in echo.marks:
                    if first < last:
                        begin = tokens.starts[numbers[first]]
                        stop = tokens.ends[numbers[last - 1]]
                        added.append((begin, stop, number))
                        ranges.setdefault(number, []).append((begin, stop))
    return added


@lru_cache(maxsize=4096)
def _joined(tokens: tuple[str, ...]) -> str:
    return "".join([_normal(token) + END for token in tokens])


@cache
def _normal(token: str) -> str:
    return ANY if TEMPORARY.fullmatch(token) else token


def _renamed(tokens: tuple[str, ...], others: list[str]) -> bool:
    """Whether the temporaries of two lists stand for each other one to one."""
    pairs = {pair for pair in zip(tokens, others, strict=True) if _normal(pair[0]) is ANY}
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})

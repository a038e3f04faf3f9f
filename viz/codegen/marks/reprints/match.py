"""Find expressions that bear no mark, by letting the codegen write them once more on their own.

A vector in a call is written element by element, a pointer is cast, the index of a vector load is
looked into: none of them can be marked where it stands. So each is written again, in a block of its
own before its statement (:mod:`viz.codegen.marks.reprints.ir`), and the tokens of this reprint are
looked for among the characters of the node around it. Temporaries get other numbers there, and
nothing else may differ.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from viz.codegen.marks.temporary_values import APART, TEMPORARY, TOKEN
from viz.marking.align import PREFIX
from viz.marking.brackets import without_marking_calls

ANY = "\1"
END = "\0"


class Reprint(NamedTuple):
    """An expression written on its own: its tokens, and marks in them by token numbers.

    The first ``split`` tokens are statements that it needs beforehand, the rest its value; or these
    set a temporary, the ``result``. It begins at an offset of the text, ``start``.
    """

    number: int
    tokens: tuple[str, ...]
    split: int
    marks: tuple[tuple[int, int, int], ...]
    result: str = ""
    start: int = 0


def reprints(text: str, prefix: str = PREFIX) -> Iterator[Reprint]:
    """Yield the reprints in a text, in the order in which they were written."""
    began = 0
    for match in re.finditer(rf'"{prefix}([{{}}])(\d+)";', text):
        if match[1] == "{":
            began = match.end()
            continue
        number = int(match[2])
        tokens, marks = _unmarked(text[began : match.start()], prefix)
        if tokens and tokens[-1] == ";":
            tokens.pop()
        split, result = _split(tokens), ""
        if split == len(tokens) - 1 and TEMPORARY.fullmatch(tokens[-1]):
            result = tokens.pop()  # statements, and then the name of their result
        if (count := len(tokens)) or result:
            inside = [(first, min(last, count), each) for first, last, each in marks]
            whole = {(0, split or count, number), (split, count, number)}
            every = (*inside, *sorted(whole))
            yield Reprint(number, tuple(tokens), split, every, result, began)


@cache
def _tokens(prefix: str) -> re.Pattern[str]:
    """Return what matches the tokens of a text, and the beginnings of marking calls."""
    return re.compile(rf"__{prefix}\d+\(|{TOKEN.pattern}", TOKEN.flags)


def _unmarked(text: str, prefix: str) -> tuple[list[str], list[tuple[int, int, int]]]:
    """Return the tokens of a text that are no marks, and the marks by token numbers."""
    name = f"__{prefix}"
    if name not in text:
        return TOKEN.findall(text), []
    return without_marking_calls(_tokens(prefix).findall(text), name)


def _split(tokens: list[str]) -> int:
    """Return how many tokens the statements before the value have."""
    backwards = tokens[::-1]
    ends = [len(tokens) - backwards.index(each) for each in (";", "}") if each in tokens]
    return max(ends, default=0)


class _Normal(dict[str, str]):
    """Tokens by their normal forms: one for all temporaries. Each form ends with ``END``."""

    def __missing__(self, token: str) -> str:
        self[token] = found = (ANY if TEMPORARY.fullmatch(token) else token) + END
        return found


class Tokens:
    """The tokens in some ranges of a text, to look for others among them."""

    def __init__(self, text: str, ranges: Iterable[tuple[int, int]]) -> None:
        self.tokens: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        for start, end in ranges:
            # What is between tokens, and tokens, in turns.
            pieces = APART.split(text[start:end])
            places = list(accumulate(map(len, pieces), initial=start))
            self.tokens += pieces[1::2]
            self.starts += places[1:-1:2]
            self.ends += places[2::2]
        self.normal = _Normal()
        normal = list(map(self.normal.__getitem__, self.tokens))
        self.joined = END + "".join(normal)
        self.places = [0, *accumulate(map(len, normal))]

    def find(self, reprint: Reprint, start: int, end: int) -> Iterator[list[int]]:
        """Yield where a reprint stands in a range: the numbers of the tokens like its own.

        A value can be there several times after its statements, as for each lane of a vector.
        """
        split = reprint.split if reprint.split < len(reprint.tokens) else 0
        before, value = reprint.tokens[:split], reprint.tokens[split:]
        if not before:
            for at in self._find(value, start, end):
                if renamed(value, self.tokens[at : at + len(value)]):
                    yield list(range(at, at + len(value)))
            return
        for at in self._find(before, start, end):
            for place in self._find(value, self.ends[at + split - 1], end):
                stop = place + len(value)
                if renamed(reprint.tokens, self.tokens[at : at + split] + self.tokens[place:stop]):
                    yield [*range(at, at + split), *range(place, stop)]

    def _find(self, tokens: tuple[str, ...], start: int, end: int) -> Iterator[int]:
        """Yield where tokens stand in a range, whatever the temporaries are called."""
        low, high = bisect_left(self.starts, start), bisect_left(self.starts, end)
        if low == high:
            return
        wanted = END + "".join(map(self.normal.__getitem__, tokens))
        limit = self.places[high] + 1
        at = self.joined.find(wanted, self.places[low], limit)
        while at >= 0:
            yield bisect_left(self.places, at)
            at = self.joined.find(wanted, at + len(wanted) - 1, limit)


def renamed(tokens: Sequence[str], others: list[str]) -> bool:
    """Whether the temporaries of two lists stand for each other one to one; the rest is equal."""
    if others == [*tokens]:
        return True
    names = dict(zip(tokens, others, strict=True))
    return len(set(names.values())) == len(names) and others == [*map(names.__getitem__, tokens)]

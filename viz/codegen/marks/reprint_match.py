"""Find expressions that bear no mark, by letting the codegen write them once more on their own.

A vector in a call is written element by element, a pointer is cast, the index of a vector load is
looked into: none of them can be marked where it stands. So each is written again, in a block of its
own before its statement (:mod:`viz.codegen.marks.reprint_ir`), and the tokens of this reprint are
looked for among the characters of the node around it. Temporaries get other numbers there, and
nothing else may differ.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from viz.codegen.marks.align import PREFIX, Placed
from viz.codegen.marks.brackets import STRING, is_parenthesised, without_marking_calls

TOKEN = re.compile(
    # What is frequent goes first; names are ASCII, whatever the variable is called.
    rf'[()]|[A-Za-z_]\w*|[^\w\s"/]|\d[\w.]*|{STRING}|//[^\n]*|/\*.*?\*/|["/]',
    re.S | re.A,
)
APART = re.compile(f"({TOKEN.pattern})", TOKEN.flags)
TEMPORARY = re.compile(r"__\d+|v_|v__\d+|condval|condval_\d+")
ANY = "\1"
END = "\0"


class Reprint(NamedTuple):
    """An expression written on its own: its tokens, and marks in them by token numbers.

    The first ``split`` tokens are statements that it needs beforehand, the rest its value.
    """

    number: int
    tokens: tuple[str, ...]
    split: int
    marks: tuple[tuple[int, int, int], ...]


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
        split = _split(tokens)
        if split == len(tokens) - 1 and TEMPORARY.fullmatch(tokens[-1]):
            tokens.pop()  # statements, and then the name of their result
        if count := len(tokens):
            inside = [(first, min(last, count), each) for first, last, each in marks]
            whole = {(0, split or count, number), (split, count, number)}
            yield Reprint(number, tuple(tokens), split, (*inside, *sorted(whole)))


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


def place(found: Iterator[Reprint], placed: Placed, parents: dict[int, int], text: str) -> Placed:
    """Return where the reprints' marks stand in the text, inside what was placed already.

    An expression can have been written several times. A single word must be there once: it may
    say something else.
    """
    ranges: defaultdict[int, dict[tuple[int, int], None]] = defaultdict(dict)
    for start, end, number in placed:
        ranges[number][start, end] = None
    added: Placed = []
    known = frozenset(ranges)
    waiting = [(reprint, _above(reprint.number, known, parents)) for reprint in found]
    tokens = Tokens(text, _joined(ranges.get(group, ()) for _, group in waiting))
    starts, ends = tokens.starts, tokens.ends
    alike = Counter((above, reprint.tokens) for reprint, above in waiting)
    taken: dict[int, int] = {}
    for reprint, group in waiting:
        above = _above(reprint.number, ranges, parents)
        left = alike[group, reprint.tokens]
        alike[group, reprint.tokens] -= 1
        for start, end in _ranges(
            ranges.get(above, ()), apart=0 < reprint.split < len(reprint.tokens)
        ):
            places = list(tokens.find(reprint, start, end))
            if not places and (bare := _bare(reprint)) is not None:
                reprint, places = bare, list(tokens.find(bare, start, end))
            if len(reprint.tokens) == 1 and len(places) > 1:
                continue
            # What another one wrote that says the same is not this one's too.
            places = [
                each for each in places if _is_free(taken.get(each[-1]), reprint.number, parents)
            ]
            places = places[: -(-len(places) // left)]
            taken |= dict.fromkeys((each[-1] for each in places), reprint.number)
            for numbers in places:
                for first, last, number in reprint.marks:
                    if first < last:
                        begin, stop = starts[numbers[first]], ends[numbers[last - 1]]
                        if (begin, stop) not in ranges[number]:
                            ranges[number][begin, stop] = None
                            added.append((begin, stop, number))
    return added


def _joined(groups: Iterable[Collection[tuple[int, int]]]) -> list[tuple[int, int]]:
    """Return the ranges from the first to the last place of each group, the outer ones alone."""
    wholes = [(min(a for a, _ in group), max(b for _, b in group)) for group in groups if group]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(wholes):
        if joined and start < joined[-1][1]:
            start, last = joined.pop()
            end = max(end, last)
        joined.append((start, end))
    return joined


def _ranges(found: Collection[tuple[int, int]], *, apart: bool) -> list[tuple[int, int]]:
    """Return the ranges to look in; what stands apart in statements and a value may be in two."""
    if apart and len(found) > 1:
        return [(min(start for start, _ in found), max(end for _, end in found))]
    return list(found)


def _bare(reprint: Reprint) -> Reprint | None:
    """Return a value without the parentheses around it: where it is given a name it has none."""
    tokens = reprint.tokens
    if reprint.split or len(tokens) < 4 or not is_parenthesised(tokens):
        return None
    count = len(tokens) - 2
    marks = [(max(a - 1, 0), min(b - 1, count), number) for a, b, number in reprint.marks]
    return Reprint(reprint.number, tokens[1:-1], 0, tuple(marks))


def _above(number: int, ranges: Collection[int], parents: dict[int, int]) -> int:
    """Return the nearest node around one that was placed, or -1."""
    above = parents.get(number, -1)
    while above >= 0 and above not in ranges:
        above = parents.get(above, -1)
    return above


def _is_free(holder: int | None, number: int, parents: dict[int, int]) -> bool:
    """Whether a place belongs to no node yet, or to an ancestor of the node."""
    if holder is None:
        return True
    while number > holder:
        number = parents.get(number, -1)
    return number == holder


def renamed(tokens: Sequence[str], others: list[str]) -> bool:
    """Whether the temporaries of two lists stand for each other one to one; the rest is equal."""
    if others == [*tokens]:
        return True
    names = dict(zip(tokens, others, strict=True))
    return len(set(names.values())) == len(names) and others == [*map(names.__getitem__, tokens)]

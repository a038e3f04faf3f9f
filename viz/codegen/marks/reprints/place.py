"""Place the marks of reprints in the unmarked text, inside what was placed already.

An expression can have been written several times, for each lane of a vector, or not at all, where
an equal one was written before and what that set is used again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from viz.codegen.marks.reprints.by_value import Found, ValuePlaces
from viz.codegen.marks.reprints.match import Reprint, Tokens, reprints
from viz.marking.align import Placed
from viz.marking.brackets import is_parenthesised


class PlacedReprints(NamedTuple):
    """The marks of reprints.

    Attributes
    ----------
    placed
        Where they stand.
    elsewhere
        The expressions without a place: what an equal one wrote stands for them.
    """

    placed: Placed
    elsewhere: set[int]


class Surroundings(NamedTuple):
    """What is around the reprinted expressions.

    Attributes
    ----------
    parents
        The parent of each node.
    statements
        The statement of each of these expressions.
    looked_at
        Those that a codegen may look into rather than write.
    """

    parents: Mapping[int, int]
    statements: Mapping[int, int]
    looked_at: Collection[int]


def place(
    written: str, prefix: str, placed: Placed, around: Surroundings, text: str
) -> PlacedReprints:
    """Return where the reprints' marks stand in the text.

    Parameters
    ----------
    written
        The text with the reprints.
    placed
        The marks of the text so far.
    around
        What the reprinted nodes stand in.
    """
    return _Placing(written, prefix, placed, around, text).all()


class _Placing:
    def __init__(
        self, written: str, prefix: str, placed: Placed, around: Surroundings, text: str
    ) -> None:
        self._parents = parents = around.parents
        self._statements, self._looked_at = around.statements, around.looked_at
        self._ranges: defaultdict[int, dict[tuple[int, int], None]] = defaultdict(dict)
        for start, end, number in placed:
            self._ranges[number][start, end] = None
        known = frozenset(self._ranges)
        self._waiting = [
            (reprint, _above(reprint.number, known, parents))
            for reprint in reprints(written, prefix)
        ]
        self._tokens = Tokens(
            text, _joined(self._ranges.get(group, ()) for _, group in self._waiting)
        )
        self._by_value = ValuePlaces(text, written)
        self._alike = Counter((above, reprint.tokens) for reprint, above in self._waiting)
        self._taken: dict[int, int] = {}
        self._added: Placed = []
        self._elsewhere: set[int] = set()

    def all(self) -> PlacedReprints:
        """Place all reprints: they come in pre-order, so outer ones are placed first."""
        for reprint, group in self._waiting:
            number = reprint.number
            left = self._alike[group, reprint.tokens]
            self._alike[group, reprint.tokens] -= 1
            if self._parents.get(number) in self._elsewhere:
                self._elsewhere.add(number)
                continue
            above = _above(number, self._ranges, self._parents)
            was_found = False
            for found in self._in_order(reprint, above, left):
                was_found = was_found or bool(found)
                self._add(found, number, left)
            if number in self._ranges:
                continue
            statement = self._statements[number]
            around = self._ranges.get(above, ()) if above != statement else ()
            found, is_before = self._by_value.find(reprint, self._ranges[statement], around)
            self._add(found, number, left)
            was_written = was_found or found or is_before
            if was_written and number not in self._ranges and number not in self._looked_at:
                self._elsewhere.add(number)
        return PlacedReprints(self._added, self._elsewhere)

    def _in_order(self, reprint: Reprint, above: int, left: int) -> Iterator[list[Found]]:
        """Yield where the tokens of a reprint stand as they are, for each mark of what is around.

        A single word must be there once for each expression that says it: another one may say
        something else.
        """
        starts, ends = self._tokens.starts, self._tokens.ends
        apart = 0 < reprint.split < len(reprint.tokens)
        for start, end in _ranges(self._ranges.get(above, ()), apart=apart):
            places = list(self._tokens.find(reprint, start, end))
            if not places and (bare := _bare(reprint)) is not None:
                reprint, places = bare, list(self._tokens.find(bare, start, end))
            found = [
                Found(
                    ends[numbers[-1]],
                    [
                        (starts[numbers[first]], ends[numbers[last - 1]], number)
                        for first, last, number in reprint.marks
                        if first < last
                    ],
                )
                for numbers in places
            ]
            if len(reprint.tokens) == 1:
                found = [each for each in found if self._is_free(each.end, reprint.number)]
                if len(found) > left:
                    continue
            yield found

    def _add(self, found: list[Found], number: int, left: int) -> None:
        """Add marks, where no other expression was placed.

        Parameters
        ----------
        left
            How many expressions say the same, this one included.
        """
        free = [each for each in found if self._is_free(each.end, number)]
        for each in free[: -(-len(free) // left)]:
            self._taken[each.end] = number
            for start, end, inside in each.marks:
                if (start, end) not in self._ranges[inside]:
                    self._ranges[inside][start, end] = None
                    self._added.append((start, end, inside))

    def _is_free(self, end: int, number: int) -> bool:
        """Whether a place belongs to no node yet, or to an ancestor of the node."""
        holder = self._taken.get(end)
        if holder is None:
            return True
        while number > holder:
            number = self._parents.get(number, -1)
        return number == holder


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


def _above(number: int, ranges: Collection[int], parents: Mapping[int, int]) -> int:
    """Return the nearest node around one that was placed, or -1."""
    above = parents.get(number, -1)
    while above >= 0 and above not in ranges:
        above = parents.get(above, -1)
    return above

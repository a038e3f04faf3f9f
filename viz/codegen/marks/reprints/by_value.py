"""Find expressions by their value, where their statement has it written otherwise than on its own.

An operand that another one had written before is missing there, and only the name of its temporary
is left. The values of temporaries (:mod:`viz.codegen.marks.temporary_values`) are the same then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from viz.codegen.marks.reprints.match import Reprint
from viz.codegen.marks.temporary_values import (
    APART,
    TEMPORARY,
    ComputedValue,
    Interned,
    TemporaryValues,
    is_temporary,
    set_before,
)
from viz.marking.align import Placed


class Found(NamedTuple):
    """Where an expression may stand.

    Attributes
    ----------
    end
        Where the last of its tokens ends: no two expressions share it but one inside the other.
    marks
        Its marks, and those of expressions inside it.
    """

    end: int
    marks: Placed


class _Statement:
    """A piece of the unmarked text, and the values in it."""

    def __init__(self, text: str, start: int, end: int, interned: Interned) -> None:
        # What is between tokens, and tokens, in turns.
        pieces = APART.split(text[start:end])
        places = list(accumulate(map(len, pieces), initial=start))
        self.tokens = pieces[1::2]
        self.starts, self.ends = places[1:-1:2], places[2::2]
        self._text, self._start, self._interned = text, start, interned

    @cached_property
    def values(self) -> TemporaryValues:
        """The values of the temporaries in it."""
        outside = set_before(self._text, self._start, self._interned, "text")
        return TemporaryValues(self.tokens, outside, self._interned)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self.tokens)

    @cached_property
    def _has_temporaries(self) -> bool:
        return any(map(is_temporary, self._words))

    def may_hold(self, reprint: Reprint) -> bool:
        """Whether the value of a reprint can be in it, by the tokens of both."""
        if reprint.split or reprint.result or self._has_temporaries:
            return True
        return all(token in self._words or is_temporary(token) for token in reprint.tokens)

    @cached_property
    def normal(self) -> list[str]:
        """The tokens, with values in the place of temporaries."""
        return [*map(self.values.normal, range(len(self.tokens)))]

    @cached_property
    def from_before(self) -> set[str]:
        """The temporaries that were set in front of the statement."""
        definitions = self.values.definitions
        return {
            each for each in self.tokens if each not in definitions and TEMPORARY.fullmatch(each)
        }

    def span(self, first: int, end: int) -> tuple[int, int]:
        """Return the offsets of some tokens."""
        return self.starts[first], self.ends[end - 1]


class ValuePlaces:
    """Finds reprints in statements of the unmarked text.

    Parameters
    ----------
    text
        The unmarked text.
    reprinted
        The text with the reprints.
    """

    def __init__(self, text: str, reprinted: str) -> None:
        self._text = text
        self._reprinted = reprinted
        self._interned: Interned = {}
        self._statements: dict[tuple[int, int], _Statement] = {}

    def _statement(self, place: tuple[int, int]) -> _Statement:
        if place not in self._statements:
            self._statements[place] = _Statement(self._text, *place, self._interned)
        return self._statements[place]

    def find(
        self, reprint: Reprint, places: Iterable[tuple[int, int]], around: Iterable[tuple[int, int]]
    ) -> tuple[list[Found], bool]:
        """Return where a reprint may stand, and whether it was written before its statement.

        Parameters
        ----------
        places
            Where its statement stands.
        around
            Where the expression around it stands; none, if that is the statement.
        """
        found: list[Found] = []
        before = False
        statements = [each for each in map(self._statement, places) if each.may_hold(reprint)]
        if not statements:
            return found, before
        outside = set_before(self._reprinted, reprint.start, self._interned, "reprint")
        values = TemporaryValues(reprint.tokens, outside, self._interned)
        for statement in statements:
            if reprint.result:
                value = values.value(reprint.result)
                found += _by_result(reprint, values, value, statement)
                before = before or value in map(statement.values.value, statement.from_before)
            else:
                found += _by_tokens(reprint, values, statement, [*around])
                before = before or _is_set_before(reprint, values, statement)
        return found, before


def _by_result(
    reprint: Reprint, values: TemporaryValues, value: int, statement: _Statement
) -> Iterator[Found]:
    """Yield the temporaries of a statement that have the value of a reprint's."""
    own = values.definitions.get(reprint.result)
    for definition in statement.values.definitions.values():
        if statement.values.value(definition.name) == value:
            start, end = statement.span(definition.first, definition.end)
            pairs: dict[int, int] = {}
            if own is not None:
                _pair(values, own.own, statement, definition.own, pairs)
            inside = _inside(reprint, statement, pairs)
            yield Found(end, [(start, end, reprint.number), *inside])


def _by_tokens(
    reprint: Reprint,
    values: TemporaryValues,
    statement: _Statement,
    around: list[tuple[int, int]],
) -> Iterator[Found]:
    """Yield where the tokens of a reprint's value stand in a statement."""
    numbers = range(reprint.split, len(reprint.tokens))
    wanted = [*map(values.normal, numbers)]
    count = len(wanted)
    if count < 2:
        return
    normal = statement.normal
    for at in range(len(normal) - count + 1):
        if normal[at] != wanted[0] or normal[at : at + count] != wanted:
            continue
        pairs: dict[int, int] = {}
        _pair(values, numbers, statement, range(at, at + count), pairs)
        start, end = statement.span(at, at + count)
        marks = [(start, end, reprint.number), *_inside(reprint, statement, pairs)]
        for definition in _named(values, numbers, statement, range(at, at + count)):
            first, last = statement.span(definition.first, definition.end)
            if any(a <= first and last <= b for a, b in around):
                marks.append((first, last, reprint.number))
        yield Found(end, marks)


def _is_set_before(reprint: Reprint, values: TemporaryValues, statement: _Statement) -> bool:
    """Whether a temporary that was set before a statement has the value of a reprint."""
    wanted = tuple(values.normal(i) for i in range(reprint.split, len(reprint.tokens)))
    return any(
        statement.values.outside(name)[-len(wanted) - 2 :] == ("=", *wanted, ";")
        for name in statement.from_before
    )


def _named(
    values: TemporaryValues, numbers: Iterable[int], statement: _Statement, others: Iterable[int]
) -> Iterator[ComputedValue]:
    """Yield the temporaries of a statement that are set and named as those of a reprint."""
    seen: set[str] = set()
    for number, other in zip(numbers, others, strict=True):
        name = statement.tokens[other]
        if values.tokens[number] in values.definitions and name not in seen:
            seen.add(name)
            if name in statement.values.definitions:
                yield statement.values.definitions[name]


def _pair(
    values: TemporaryValues,
    numbers: Iterable[int],
    statement: _Statement,
    others: Iterable[int],
    pairs: dict[int, int],
) -> None:
    """Pair the tokens of a reprint with equal ones of a statement, those of temporaries too."""
    for number, other in zip(numbers, others, strict=True):
        if number in pairs:
            continue
        pairs[number] = other
        own = values.definitions.get(values.tokens[number])
        definition = statement.values.definitions.get(statement.tokens[other])
        if own is not None and definition is not None and own.first not in pairs:
            _pair(values, own.own, statement, definition.own, pairs)


def _inside(
    reprint: Reprint, statement: _Statement, pairs: dict[int, int]
) -> Iterator[tuple[int, int, int]]:
    """Yield the marks of expressions inside a reprint, where their tokens are paired in order."""
    for first, last, number in reprint.marks:
        if number == reprint.number or first >= last:
            continue
        at = [pairs.get(i, -1) for i in range(first, last)]
        if at[0] >= 0 and at == [*range(at[0], at[0] + last - first)]:
            yield (*statement.span(at[0], at[-1] + 1), number)

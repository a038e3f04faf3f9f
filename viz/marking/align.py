"""Align a marked text with the unmarked one, to find where in the latter each mark stands.

A marked text is what a codegen writes of a module in which statements stand between two string
statements (``"viz<12";`` … ``"viz>12";``) and expressions inside calls (``__viz12(…)``). Without
the marks it must be the unmarked text, character by character, white space and redundant
parentheses aside: a codegen drops or adds those where it looks at an operand's text (``if ((…))``).
"""

from __future__ import annotations

import math
import re
from functools import cache
from itertools import accumulate, starmap
from typing import NamedTuple

import numpy as np

from viz.marking.brackets import STRING, without_marking_calls
from viz.marking.char_index import CLOSING, OPENING, Characters
from viz.model import catalog

PREFIX = "viz"
BLANK = "\2"
"""What stands for an elided piece of a text: no codegen writes it, and it is no white space."""


def unused(text: str) -> str:
    """Return a prefix for the names of marks that does not occur in a text."""
    prefix = PREFIX
    while prefix in text:
        prefix += "z"
    return prefix


@cache
def edge(prefix: str) -> re.Pattern[str]:
    """Return what matches the marks of statements."""
    return re.compile(rf'"{prefix}([<>])(\d+)";')


@cache
def event(prefix: str) -> re.Pattern[str]:
    """Return what matches the beginnings of expressions' marks, and all that hides or ends one."""
    return re.compile(rf"([()]|__{prefix}\d+\(|{STRING}|//[^\n]*)")


@cache
def declaration(prefix: str) -> re.Pattern[str]:
    """Return what matches the end of the C codegen's declaration of a function unknown to it."""
    return re.compile(rf" __{prefix}\d+\([^\n;=]*\);\n")


DECLARED = re.compile(r'(?:TVM_DLL |extern "C" )?\w[\w\* ]*')
"""The beginning of a declaration."""
LINKAGE = '#ifdef __cplusplus\nextern "C"\n#endif\n'

NAMED = re.compile(rf"{catalog.codegen_calls().temporaries.operand}=")


class Bracket(NamedTuple):
    """A mark in the marked text: its number and the places of its content, parentheses counted.

    ``first`` and ``last`` count characters that are neither white space nor parentheses,
    ``start`` and ``end`` those that are not white space; marks themselves do not count.
    """

    number: int
    statement: bool
    first: int
    last: int
    start: int
    end: int


class Marked:
    """A marked text, taken apart.

    Attributes
    ----------
    marks
        A column for each mark, in the order in which they close: the fields of a ``Bracket``.
    text
        The text without the marks.
    edges
        ``(number, opens, place)`` of the statement marks, as they stand in the text; places count
        the characters that are neither white space nor parentheses.
    """

    def __init__(self, text: str, prefix: str = PREFIX) -> None:
        self._found: list[tuple[int, bool, int, int]] = []
        self._edges: list[tuple[int, bool, int]] = []
        self.text = Characters(self._unmarked(text, prefix))
        found = np.array(self._found, dtype=np.intp).reshape(-1, 4).T
        places = self.text.unbracketed.before(found[2:]), self.text.non_blank.before(found[2:])
        self.marks = np.concatenate((found[:2], *places))
        at = np.array([at for _, _, at in self._edges], dtype=np.intp)
        edges = self.text.unbracketed.before(at).tolist()
        self.edges = [(*edge[:2], at) for edge, at in zip(self._edges, edges, strict=True)]

    def brackets(self) -> list[Bracket]:
        """Return the marks, in the order in which they close."""
        return [*starmap(Bracket, self.marks.T.tolist())]

    def _unmarked(self, text: str, prefix: str) -> str:
        """Return a text without its marks, and note where they stood in it."""
        pieces = edge(prefix).split(text)
        kept: list[str] = []
        statements: list[tuple[int, int]] = []
        at, name = 0, f"__{prefix}"
        for piece, sign, digits in zip(
            pieces[::3], [*pieces[1::3], ""], [*pieces[2::3], "-1"], strict=True
        ):
            found = [piece] if name not in piece else self._without_calls(piece, prefix, at)
            kept += found
            at += sum(map(len, found))
            number = int(digits)
            if sign == "<":
                statements.append((number, at))
            elif statements and statements[-1][0] == number:
                self._found.append((number, True, statements.pop()[1], at))
            if sign:
                self._edges.append((number, sign == "<", at))
        return "".join(kept)

    def _without_calls(self, text: str, prefix: str, at: int) -> list[str]:
        """Return the pieces of a text without the marks of expressions in it.

        Parameters
        ----------
        at
            Where the text begins.
        """
        kept, marks = without_marking_calls(event(prefix).split(text), f"__{prefix}")
        offsets = [*accumulate(map(len, kept), initial=at)]
        self._found += ((n, False, offsets[first], offsets[last]) for first, last, n in marks)
        return kept


Placed = list[tuple[int, int, int]]
"""``(start, end, number)`` in code points of the unmarked text."""

Ranges = dict[int, list[tuple[int, int]]]
"""Where the marks of each node stand."""


def align(marked: Marked, plain: Characters) -> Placed | None:
    """Return where the marks stand in the unmarked text, or None where the two differ.

    Marks without a character of their own are left out.
    """
    own = marked.text
    if not np.array_equal(own.unbracketed_codes, plain.unbracketed_codes):
        return None
    _, _, firsts, lasts, *_ = marked.marks
    numbers, _, firsts, lasts, starts, ends = marked.marks[:, firsts < lasts]
    if not numbers.size:
        return []
    if not np.array_equal(own.non_blank_codes, plain.non_blank_codes):
        around = memoryview(plain.non_blank_codes)
        before = (own.among(firsts) - starts).tolist(), plain.among(firsts).tolist()
        after = (ends - own.among(lasts - 1) - 1).tolist(), plain.among(lasts - 1).tolist()
        starts = np.array(
            [_opening(wanted, at, around) for wanted, at in zip(*before, strict=True)]
        )
        ends = np.array([_closing(wanted, at, around) for wanted, at in zip(*after, strict=True)])
    placed = plain.non_blank.offsets(starts), plain.non_blank.offsets(ends - 1) + 1, numbers
    return list(zip(*(each.tolist() for each in placed), strict=True))


def _opening(wanted: int, at: int, non_blank: memoryview) -> int:
    """Place a mark's start where redundant parentheses differ: as many as fit before its text."""
    while wanted and at > 0 and non_blank[at - 1] == OPENING:
        wanted, at = wanted - 1, at - 1
    return at


def _closing(wanted: int, at: int, non_blank: memoryview) -> int:
    at += 1
    while wanted and at < len(non_blank) and non_blank[at] == CLOSING:
        wanted, at = wanted - 1, at + 1
    return at


class Difference(NamedTuple):
    """Where a statement's own text differs from the unmarked one's.

    ``statement`` is its number (-1 outside all), ``around`` the numbers of the marks open at the
    first difference, innermost first.
    """

    statement: int
    around: tuple[int, ...]


def differences(marked: Marked, reference: Marked) -> list[Difference] | None:
    """Compare statement by statement with a text that has statement marks alone.

    Returns None where the two do not have the same statements in the same order.
    """
    cuts, others = _cuts(marked), _cuts(reference)
    if [owner for owner, _, _ in cuts] != [owner for owner, _, _ in others]:
        return None
    found, brackets = [], marked.brackets()
    for (owner, start, end), (_, other, other_end) in zip(cuts, others, strict=True):
        a, b = (
            marked.text.unbracketed_codes[start:end],
            reference.text.unbracketed_codes[other:other_end],
        )
        if np.array_equal(a, b):
            continue
        length = min(len(a), len(b))
        unequal = np.flatnonzero(a[:length] != b[:length])
        at = start + (int(unequal[0]) if len(unequal) else length)
        around = [
            (bracket.last - bracket.first, bracket.number)
            for bracket in brackets
            if not bracket.statement and bracket.first <= at <= bracket.last
            if start <= bracket.first and bracket.last <= end
        ]
        found.append(Difference(owner, tuple(number for _, number in sorted(around))))
    return found


def naming(marked: Marked) -> set[int]:
    """Return the statements that give a name to a value: the next one may use it again."""
    return {
        owner
        for owner, start, end in _cuts(marked)
        if NAMED.search("".join(map(chr, marked.text.unbracketed_codes[start:end].tolist())))
    }


def _cuts(marked: Marked) -> list[tuple[int, int, int]]:
    """Return the pieces between statement marks: (innermost statement, first place, last)."""
    pieces, stack, at = [], [-1], 0
    for number, opens, place in marked.edges:
        pieces.append((stack[-1], at, place))
        at = place
        if opens:
            stack.append(number)
        elif len(stack) > 1:
            stack.pop()
    pieces.append((stack[-1], at, len(marked.text.unbracketed_codes)))
    return pieces


def without_declarations(text: str, prefix: str) -> str:
    """Return a marked text without the declarations of the functions that its marks are."""
    pieces, at = [], 0
    for match in declaration(prefix).finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        if DECLARED.fullmatch(text, start, match.start()):
            start -= len(LINKAGE) * text.endswith(LINKAGE, 0, start)
            pieces.append(text[at:start])
            at = match.end()
    return "".join([*pieces, text[at:]])


def take_out(
    differing: list[Difference], round_number: int, marked: Marked, unmarked: set[int]
) -> None:
    """Add to the unmarked nodes those around differences: more of them in each round."""
    for difference in differing:
        if difference.statement in unmarked:
            unmarked |= naming(marked)
        unmarked |= set(difference.around[: 1 + round_number])
        if round_number > 1 or not difference.around:
            unmarked.add(difference.statement)


def nested(placed: Placed) -> Placed:
    """Return the marks in the order in which they open, without those that cross another."""
    kept: Placed = []
    open_ends: list[float] = [math.inf]
    for each in sorted({*placed}, key=lambda each: (each[0], -each[1], each[2])):
        start, end, _ = each
        while open_ends[-1] <= start:
            open_ends.pop()
        if end <= open_ends[-1]:
            open_ends.append(end)
            kept.append(each)
    return kept

"""Compare ranges of a text token by token, where some tokens may differ.

Many ranges are compared with one all at once: each is a row of the offsets of its tokens.
"""

from __future__ import annotations

import re
import string
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from viz.codegen.marks.reprints.match import END
from viz.codegen.marks.temporary_values import TEMPORARY
from viz.marking.char_index import codes_of, members, narrow

IN_WORDS = members((string.ascii_letters + string.digits + "_").encode())

TEMPORARIES = re.compile(f"(?:(?:{TEMPORARY.pattern}){END})*")
LONGEST = 16
"""Characters of a temporary's name."""

AT_ONCE = 12_000
"""How many characters are compared in one step."""


class TokenComparison:
    """Compares ranges of a text, whose words it has found."""

    def __init__(self, text: str) -> None:
        self.text = text
        short = narrow(text) + bytes(LONGEST)
        self._short = np.frombuffer(short, dtype=np.uint8)
        self._codes = self._short if text.isascii() else codes_of(text)
        inside = np.frombuffer(short.translate(IN_WORDS), dtype=np.uint8)
        self._edges = np.flatnonzero(inside[1:] != inside[:-1])
        self._edges += 1
        if inside[0]:
            self._edges = np.append(0, self._edges)

    def matches(
        self, ranges: list[tuple[int, int]], marks: Any, loose: list[tuple[int, int]]
    ) -> tuple[Any, Any]:
        """Compare ranges of the text with the first one.

        Parameters
        ----------
        marks
            Where marks in the first range begin and end, a row each.
        loose
            Where in it words may differ.

        Returns
        -------
        The numbers of the ranges that are equal but for those words and for temporaries, which must
        stand for each other; and for each of these ranges where its marks begin and end.
        """
        rows, bounds = self._pieces(ranges)
        if not rows.size or rows[0]:
            return rows[:0], np.empty((0, *marks.shape), dtype=np.intp)
        both = np.concatenate((marks, np.array(loose, dtype=np.intp).reshape(-1, 2)))
        pieces = np.searchsorted(bounds[0], both, side="right") - 1
        into = both - bounds[0, pieces]
        free = np.zeros(bounds.shape[1], dtype=bool)
        for (first, last), (_, more) in zip(
            pieces[len(marks) :].tolist(), into[len(marks) :].tolist(), strict=True
        ):
            free[first | 1 : last + (more > 0) : 2] = True
        pieces, into = pieces[: len(marks)], into[: len(marks)]
        free[pieces[into > 0]] = False  # a mark ends within the word
        same = self._same(bounds, free)
        return rows[same], bounds[same][:, pieces] + into

    def _pieces(self, ranges: list[tuple[int, int]]) -> tuple[Any, Any]:
        """Take ranges apart into words and what is between them, in turns.

        Returns
        -------
        The numbers of the ranges that have as many words as the first one, and the bounds of their
        pieces, a row each.
        """
        starts, ends = np.array(ranges, dtype=np.intp).T
        low = np.searchsorted(self._edges, starts)
        size = np.searchsorted(self._edges, ends, side="right") - low
        # Words begin at even edges: what begins or ends within one is like nothing else.
        fitting = np.flatnonzero((size == size[0]) & (low % 2 == 0) & (size % 2 == 0))
        edges = self._edges[low[fitting, None] + np.arange(size[0])]
        return fitting, np.column_stack((starts[fitting], edges, ends[fitting]))

    def _same(self, bounds: Any, free: Any) -> Any:
        """Return which rows of bounds hold the pieces that the first one holds.

        The words that are ``free`` may be any, and temporaries others.
        """
        fixed = ~free[:-1]
        words = 2 * np.flatnonzero(fixed[1::2]) + 1
        places = zip(bounds[0, words].tolist(), bounds[0, words + 1].tolist(), strict=True)
        temporary = words[[bool(TEMPORARY.fullmatch(self.text, *each)) for each in places]]
        fixed[temporary] = False
        same = self._equal(bounds, fixed)
        if temporary.size:
            same[same] = self._renamed(bounds[same][:, temporary], bounds[same][:, temporary + 1])
        return same

    def _renamed(self, starts: Any, ends: Any) -> Any:
        """Return which rows have temporaries that stand one to one for those of the first row.

        Parameters
        ----------
        starts, ends
            Where words begin and end, a row for each range.
        """
        first = [self.text[a:b] for a, b in zip(starts[0].tolist(), ends[0].tolist(), strict=True)]
        at = {name: i for i, name in reversed([*enumerate(first)])}
        names = self._words(starts, ends)
        # Wherever the first row says a name again, a row does, and of two it makes two.
        right = (ends - starts <= LONGEST).all(axis=1)
        right &= (names == names[:, [at[name] for name in first]]).all(axis=1)
        own = np.sort(names[:, [*at.values()]], axis=1)
        right &= (own[:, 1:] != own[:, :-1]).all(axis=1)
        names_in = {each.decode("latin-1") for each in set(own[right].ravel().tolist())}
        if TEMPORARIES.fullmatch("".join(each + END for each in names_in)):
            return right
        others = [each.encode("latin-1") for each in names_in if not TEMPORARY.fullmatch(each)]
        return right & ~np.isin(own, others).any(axis=1)

    def _words(self, starts: Any, ends: Any) -> Any:
        """Return words of the text as bytes: right where they are short and ASCII, else cut."""
        codes = sliding_window_view(self._short, LONGEST)[starts]
        codes[np.arange(LONGEST) >= (ends - starts)[..., None]] = 0
        return codes.view(f"S{LONGEST}")[..., 0]

    def _equal(self, bounds: Any, fixed: Any) -> Any:
        """Return which rows of bounds have the fixed pieces of the first one."""
        lengths = bounds[:, 1:] - bounds[:, :-1]
        equal = (lengths[:, fixed] == lengths[0, fixed]).all(axis=1)
        offsets = np.arange(bounds[0, 0], bounds[0, -1])
        piece = np.searchsorted(bounds[0], offsets, side="right") - 1
        offsets, piece = offsets[fixed[piece]], piece[fixed[piece]]
        into = offsets - bounds[0, piece]
        wanted = self._codes[offsets]
        # Some rows at a time: what fits into the processor's cache needs no fresh memory.
        rows, step = np.flatnonzero(equal), max(1, AT_ONCE // (len(piece) + 1))
        for some in (rows[i : i + step] for i in range(0, len(rows), step)):
            places = bounds[some].take(piece, axis=1)
            places += into
            equal[some] = (self._codes.take(places) == wanted).all(axis=1)
        return equal

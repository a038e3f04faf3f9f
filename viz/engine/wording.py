"""The words of a text, and which of its ranges say the same in other words.

Many ranges are compared with one all at once: what takes one apart is a row of offsets for each.
"""

from __future__ import annotations

import string
from itertools import pairwise
from typing import Any

import numpy as np

from viz.engine.alignment import codes_of
from viz.engine.echoes import TEMPORARY, renamed

IN_WORDS = np.isin(np.arange(129), [*map(ord, string.ascii_letters + string.digits + "_")])
"""Whether words are made of each ASCII character; the last entry stands for all others."""


class Wording:
    """A text, and where its words begin and end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._codes = codes_of(text)
        inside = IN_WORDS[np.minimum(self._codes, len(IN_WORDS) - 1)]
        self._edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))

    def alike(
        self, ranges: list[tuple[int, int]], marks: Any, loose: list[tuple[int, int]]
    ) -> tuple[Any, Any]:
        """Compare what ranges of the text say with what the first one says.

        Parameters
        ----------
        marks
            Where marks in the first range begin and end, a row each.
        loose
            Where in it words may be others.

        Returns
        -------
        The numbers of the ranges that say the same but for those words and the temporaries, which
        must stand for each other; and for each of these ranges where its marks begin and end.
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
        said = [self.text[start:end] for start, end in pairwise(bounds[0].tolist())]
        temporary = [i for i, each in enumerate(said) if not free[i] and TEMPORARY.fullmatch(each)]
        fixed = ~free[:-1]
        fixed[temporary] = False
        same = self._equal(bounds, fixed)
        if temporary:
            names = [said[i] for i in temporary]
            starts, ends = (bounds[:, np.array(temporary) + i].tolist() for i in (0, 1))
            for row in np.flatnonzero(same).tolist():
                here = [self.text[a:b] for a, b in zip(starts[row], ends[row], strict=True)]
                same[row] = renamed(names, here) and all(map(TEMPORARY.fullmatch, set(here)))
        return same

    def _equal(self, bounds: Any, fixed: Any) -> Any:
        """Return which rows of bounds have the fixed pieces of the first one."""
        lengths = np.diff(bounds, axis=1)
        equal = (lengths[:, fixed] == lengths[0, fixed]).all(axis=1)
        offsets = np.arange(bounds[0, 0], bounds[0, -1])
        piece = np.searchsorted(bounds[0], offsets, side="right") - 1
        offsets, piece = offsets[fixed[piece]], piece[fixed[piece]]
        codes = self._codes[bounds[equal][:, piece] + (offsets - bounds[0, piece])]
        equal[equal] = (codes == codes[0]).all(axis=1)
        return equal

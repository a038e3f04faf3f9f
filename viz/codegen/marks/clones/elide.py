"""Elide pieces of a text, one character standing for each, and convert marks to and fro."""

from __future__ import annotations

from typing import Any

import numpy as np

from viz.codegen.marks.variables import VariableWords
from viz.marking.align import BLANK, Placed


class ElidedText:
    """A text in which some pieces are elided.

    Parameters
    ----------
    text, cuts
        A text, and where the pieces to elide begin and end.
    """

    def __init__(self, text: str, cuts: list[tuple[int, int]]) -> None:
        self.whole = text
        cuts = sorted(cuts)
        at = 0
        pieces = []
        for start, end in cuts:
            pieces += [text[at:start], BLANK]
            at = end
        self.text = "".join([*pieces, text[at:]])
        lost = np.cumsum([0, *(end - start - 1 for start, end in cuts)])
        self._lost = lost
        self._starts = np.array([*(start for start, _ in cuts), len(text)], dtype=np.intp)
        self._ends = np.array([end for _, end in cuts], dtype=np.intp)
        self._ends_elided = self._ends - lost[1:]

    def inward(self, placed: Placed) -> Placed:
        """Return where marks of the whole text stand in this one."""
        return [*map(tuple, self._moved(placed, self._ends, -self._lost).tolist())]

    def outward(self, placed: Placed) -> Any:
        """Return where marks of this text stand in the whole one, a row each."""
        return self._moved(placed, self._ends_elided, self._lost)

    def _moved(self, placed: Placed, ends: Any, by: Any) -> Any:
        rows = np.array(placed, dtype=np.intp).reshape(-1, 3)
        rows[:, :2] += by[np.searchsorted(ends, rows[:, :2], side="right")]
        return rows

    def words_outward(self, words: VariableWords) -> VariableWords:
        """Return where the variables' words of this text stand in the whole one."""
        places = [(start, end, variable) for start, (end, variable) in words.words.items()]
        moved = self.outward(places).tolist()
        return words._replace(words={start: (end, variable) for start, end, variable in moved})

    def words(self, words: VariableWords) -> VariableWords:
        """Return the variables' words of the whole text that are left in this one."""
        if not len(self._ends) or not words.words:
            return words
        starts = np.fromiter(words.words, dtype=np.intp, count=len(words.words))
        cut = np.searchsorted(self._ends, starts, side="right")
        shifts = self._lost[cut].tolist()
        left = (starts < self._starts[cut]).tolist()
        return words._replace(
            words={
                start - by: (end - by, variable)
                for (start, (end, variable)), by, is_left in zip(
                    words.words.items(), shifts, left, strict=True
                )
                if is_left
            }
        )

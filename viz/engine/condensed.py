"""A text with some pieces shortened to one space each, and the way there and back for marks."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np

from viz.engine.alignment import Placed


class Condensed:
    """A text in which some statements are one space each.

    Parameters
    ----------
    text, placed
        A text and its marks, which nest.
    quiet
        The numbers of the statements to shorten.
    """

    def __init__(self, text: str, placed: Placed, quiet: Container[int]) -> None:
        cuts = sorted((start, end) for start, end, number in placed if number in quiet)
        at = 0
        pieces = []
        for start, end in cuts:
            pieces += [text[at:start], " "]
            at = end
        self.text = "".join([*pieces, text[at:]])
        lost = np.cumsum([0, *(end - start - 1 for start, end in cuts)])
        self._lost = lost
        self._ends = np.array([end for _, end in cuts], dtype=np.intp)
        self._ends_here = self._ends - lost[1:]

    def inward(self, placed: Placed) -> Placed:
        """Return where marks of the whole text stand in this one."""
        return [*map(tuple, self._moved(placed, self._ends, -self._lost).tolist())]

    def outward(self, placed: Placed) -> Any:
        """Return where marks of this text stand in the whole one, a row each."""
        return self._moved(placed, self._ends_here, self._lost)

    def _moved(self, placed: Placed, ends: Any, by: Any) -> Any:
        rows = np.array(placed, dtype=np.intp).reshape(-1, 3)
        rows[:, :2] += by[np.searchsorted(ends, rows[:, :2], side="right")]
        return rows

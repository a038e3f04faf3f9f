"""Collect the accesses of a run site by site, and add up what they cost."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from viz.model import Figures, MemorySpace
from viz.step.accesses.figures import figures, multiplied
from viz.step.threads import WARP

AccessType = Literal["load", "store", "atomic"]
Key = tuple[int, AccessType, MemorySpace, int, str]
"""Node, what it does, memory, bytes of a lane, name of the buffer."""

MOST_PENDING = 1 << 20
"""Lanes that are kept before they are added up: 8 bytes each."""


class AccessRecorder:
    """Takes the accesses of all lanes at once, each of which is one request of each warp."""

    def __init__(self) -> None:
        self._pending: dict[tuple[Key, int], list[Any]] = {}
        self._waiting = 0
        self._totals: dict[Key, Figures] = {}

    def record(self, key: Key, offsets: Any, times: int = 1) -> None:
        """Take accesses that were made some times.

        Parameters
        ----------
        offsets
            Of each lane the first byte in the buffer's memory, below 0 if it is not active; warps
            and rounds one after the other.
        """
        self._pending.setdefault((key, times), []).append(offsets.reshape(-1, WARP))
        self._waiting += offsets.size
        if self._waiting > MOST_PENDING:
            self._settle()

    def totals(self) -> dict[Key, Figures]:
        """Return what was counted."""
        self._settle()
        return {key: total for key, total in self._totals.items() if total.requests}

    def _settle(self) -> None:
        for (key, times), parts in self._pending.items():
            _, _, space, width, _ = key
            found = multiplied(figures(np.concatenate(parts), width, space), times)
            self._totals[key] = self._totals.get(key, Figures()) + found
        self._pending = {}
        self._waiting = 0

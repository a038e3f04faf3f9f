"""Collect the accesses of a run site by site, and add up what they cost."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from viz.model import AccessKind, Figures, MemorySpace
from viz.step.accesses.figures import MatrixTile, figures, figures_of_tiles, multiplied
from viz.step.threads import WARP


class AccessKey(NamedTuple):
    """What is counted together."""

    node: int
    kind: AccessKind
    space: MemorySpace
    width: int
    """Bytes of a lane; of a fragment those of an element."""
    buffer: str
    step: int = 0
    """Of a fragment the bytes from one row of its tile to the next, or from one column."""


MOST_PENDING = 1 << 20
"""Lanes that are kept before they are added up: 8 bytes each."""


class AccessRecorder:
    """Takes the accesses of all lanes at once, each of which is one request of each warp."""

    def __init__(self) -> None:
        self._pending: dict[tuple[AccessKey, int, MatrixTile | None], list[Any]] = {}
        self._waiting = 0
        self._totals: dict[AccessKey, Figures] = {}

    def record(
        self, key: AccessKey, offsets: Any, times: int = 1, tile: MatrixTile | None = None
    ) -> None:
        """Take accesses that were made some times.

        Parameters
        ----------
        offsets
            Of each lane the first byte in the buffer's memory, below 0 if it is not active; warps
            and rounds one after the other.
        tile
            What each warp accesses, of a fragment.
        """
        self._pending.setdefault((key, times, tile), []).append(offsets.reshape(-1, WARP))
        self._waiting += offsets.size
        if self._waiting > MOST_PENDING:
            self._settle()

    def totals(self) -> dict[AccessKey, Figures]:
        """Return what was counted."""
        self._settle()
        return {key: total for key, total in self._totals.items() if total.requests}

    def _settle(self) -> None:
        for (key, times, tile), parts in self._pending.items():
            offsets = np.concatenate(parts)
            one = (
                figures(offsets, key.width, key.space)
                if tile is None
                else figures_of_tiles(offsets, tile, key.space)
            )
            found = multiplied(one, times)
            self._totals[key] = self._totals.get(key, Figures()) + found
        self._pending = {}
        self._waiting = 0

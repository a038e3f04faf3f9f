"""Count what a server did, for its owner."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable

from viz.errors import RefusedError
from viz.model import End, Plain

REMEMBERED = 1000
"""Tickets whose times are kept."""


class Counters(Plain, frozen=True):
    """Counts since the broker was made. Times are seconds, of the last thousand tickets.

    Every request ends as one of ``answered``, ``failed``, ``refused``, ``crashed``, ``timeouts``,
    ``cancelled`` and ``superseded``.
    """

    workers: int = 0
    running: int = 0
    waiting: int = 0
    requests: int = 0
    cached: int = 0
    """Answered from the cache."""
    shared: int = 0
    """Answered by work that another ticket had started."""
    answered: int = 0
    failed: int = 0
    """Mostly mistakes in programs."""
    refused: int = 0
    """Texts that a gate refused, and requests turned away because too many were waiting."""
    crashed: int = 0
    timeouts: int = 0
    cancelled: int = 0
    superseded: int = 0
    kills: int = 0
    """Processes killed because no ticket waited for them, or at their time limit."""
    restarts: int = 0
    """Times that a fork server died and was replaced."""
    queue_median: float = 0.0
    queue_p95: float = 0.0
    run_median: float = 0.0
    run_p95: float = 0.0


class Tally:
    """Keeps the counts behind :class:`Counters`. Not thread-safe."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._waits: deque[float] = deque(maxlen=REMEMBERED)
        self._runs: deque[float] = deque(maxlen=REMEMBERED)

    def end(self, end: End) -> None:
        """Count how a request ended."""
        refused = end.problem is not None and end.problem.code == RefusedError.code
        self.counts["refused" if refused else _COUNTS[end.status]] += 1
        self.counts["kills"] += end.status == "timeout"

    def times(self, wait: float, run: float) -> None:
        """Count how long a ticket waited and was worked on."""
        self._waits.append(wait)
        self._runs.append(run)

    def counters(self, *, workers: int, running: int, waiting: int, restarts: int) -> Counters:
        """Return the counts as plain data."""
        return Counters(
            workers=workers,
            running=running,
            waiting=waiting,
            restarts=restarts,
            queue_median=quantile(self._waits, 0.5),
            queue_p95=quantile(self._waits, 0.95),
            run_median=quantile(self._runs, 0.5),
            run_p95=quantile(self._runs, 0.95),
            **self.counts,
        )


def quantile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that is not exceeded by this share of them; 0 for none."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else 0.0


_COUNTS = {
    "ok": "answered",
    "failed": "failed",
    "timeout": "timeouts",
    "crashed": "crashed",
    "cancelled": "cancelled",
    "superseded": "superseded",
}

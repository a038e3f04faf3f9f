"""Define what the broker needs of workers, and the workers of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from viz.model import Frame, Request
from viz.service.client.submit import Engine, submit_all


class Work(Protocol):
    """Some requests that are computed together, such as a ``Submission`` of the client."""

    def frames(self, heartbeat: float | None = None) -> Iterator[Frame]:
        """Start the work, and yield frames until every request has its end, each with its index.

        With ``heartbeat`` the last progress is repeated after so many seconds without a frame.

        Raises
        ------
        EngineError
            When there is no usable engine.
        """

    def cancel(self) -> None:
        """Stop the work, from any thread and without blocking; the frames then end soon."""


class Workers(Protocol):
    """Starts work: on this machine or on a cluster."""

    def begin(self, requests: Sequence[Request]) -> Work:
        """Return work that starts when its frames are read."""

    def start(self) -> None:
        """Start the workers, so that the first request does not wait for them."""

    def close(self) -> None:
        """Stop all work and end the workers."""

    @property
    def restarts(self) -> int:
        """How many fork servers were replaced that had died."""


class LocalWorkers:
    """The workers of this machine (:mod:`viz.service.client.submit`)."""

    def __init__(self, engine: Engine, seconds: float) -> None:
        self._engine = engine
        self._seconds = seconds

    def begin(self, requests: Sequence[Request]) -> Work:
        """Return work for the engine's processes; it starts when its frames are read."""
        return submit_all(requests, seconds=self._seconds, engine=self._engine)

    def start(self) -> None:
        """Start the engine, so that the first request does not wait for it."""
        self._engine.start()

    def close(self) -> None:
        """Stop all work and end the engine's processes."""
        self._engine.close()

    @property
    def restarts(self) -> int:
        """How many fork servers of the engine were replaced that had died."""
        return self._engine.restarts

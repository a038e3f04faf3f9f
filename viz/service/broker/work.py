"""Where work is done: what the broker asks of it, and the workers of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from viz.model import Frame, Request
from viz.service.client.client import Engine, submit_all


class Work(Protocol):
    """Some requests that are computed together, such as a ``Job`` of the client."""

    def frames(self, heartbeat: float | None = None) -> Iterator[Frame]:
        """Start, and yield frames until every request has its end, each with its index.

        With ``heartbeat`` the last progress comes again after so many seconds of quiet.

        Raises
        ------
        EngineError
            When there is no engine to do it.
        """

    def cancel(self) -> None:
        """Stop it, from any thread and without waiting; the frames then end soon."""


class Workers(Protocol):
    """A place where work can be done."""

    def begin(self, requests: Sequence[Request]) -> Work:
        """Return work that starts when its frames are read."""

    def start(self) -> None:
        """Get ready, so that the first request need not wait."""

    def close(self) -> None:
        """Stop everything."""

    @property
    def restarts(self) -> int:
        """How often a process that died was started again."""


class LocalWorkers:
    """The workers of this machine (:mod:`viz.service.client.client`)."""

    def __init__(self, engine: Engine, seconds: float) -> None:
        self._engine = engine
        self._seconds = seconds

    def begin(self, requests: Sequence[Request]) -> Work:
        """See :class:`Workers`."""
        return submit_all(requests, seconds=self._seconds, engine=self._engine)

    def start(self) -> None:
        """See :class:`Workers`."""
        self._engine.start()

    def close(self) -> None:
        """See :class:`Workers`."""
        self._engine.close()

    @property
    def restarts(self) -> int:
        """See :class:`Workers`."""
        return self._engine.restarts

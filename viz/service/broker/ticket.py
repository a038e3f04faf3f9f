"""What a session gets for its requests: their frames, to be read by a thread or a coroutine."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from viz.model import Answer, End, Frame, Problem, Progress, Queued, Reply, Request, decode_reply
from viz.service.broker.queue import Lane


class Ticket:
    """Some requests of a session on their way; made by :meth:`viz.service.broker.Broker.submit`.

    Its work goes on whether or not somebody reads. Read :meth:`frames`, :meth:`aframes` or
    :meth:`replies`; :meth:`cancel` any time.
    """

    def __init__(
        self,
        session: str,
        lane: Lane,
        requests: Sequence[Request],
        keys: Sequence[bytes],
        cancel: Callable[[Ticket], None],
    ) -> None:
        self.session = session
        self.lane = lane
        self.requests = tuple(requests)
        self.keys = tuple(keys)
        """What tells requests apart that are not the same, one per request."""
        self.submitted = time.monotonic()
        self.started: float | None = None
        self.position = 0
        """Its place in the queue; 0 once it is out of it."""
        self.hurried = False
        """Whether it went before others, for one that was at work when it came."""
        self._cancel = cancel
        self._frames: list[Frame] = []
        self._open = set(range(len(self.requests)))
        self._changed = threading.Condition()
        self._wakers: list[Callable[[], None]] = []

    @property
    def open(self) -> frozenset[int]:
        """The requests that have no end yet, by index."""
        return frozenset(self._open)

    @property
    def ends(self) -> list[End]:
        """The ends so far."""
        return [frame for frame in self._frames if isinstance(frame, End)]

    def put(self, frame: Frame) -> None:
        """Hand a frame to whoever reads; what comes after a request's end is dropped."""
        with self._changed:
            if frame.index not in self._open:
                return
            self._frames.append(frame)
            if isinstance(frame, End):
                self._open.remove(frame.index)
            self._changed.notify_all()
            wakers = tuple(self._wakers)
        for wake in wakers:
            wake()

    def cancel(self) -> None:
        """Give up: what is open ends as ``cancelled``. Work that others wait for goes on."""
        self._cancel(self)

    def frames(self, heartbeat: float | None = None) -> Iterator[Frame]:
        """Yield the frames until every request has its end. Leaving early cancels.

        With ``heartbeat`` the last frame that says how things stand comes again after so many
        seconds of quiet, so that whoever reads can look after other things.
        """
        reading = _Reading(self._frames)
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: reading.late or not self._open, heartbeat)
                    fresh, done = reading.take(), not self._open
                yield from fresh or ([] if done else [reading.quiet])
                if done:
                    return
        finally:
            if self._open:
                self.cancel()

    async def aframes(self, heartbeat: float | None = None) -> AsyncIterator[Frame]:
        """Do what :meth:`frames` does, for a coroutine; no thread waits meanwhile."""
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()

        def wake() -> None:
            try:
                loop.call_soon_threadsafe(changed.set)
            except RuntimeError:
                pass  # the loop was closed: nobody reads any more

        reading = _Reading(self._frames)
        with self._changed:
            self._wakers.append(wake)
        try:
            while True:
                changed.clear()
                with self._changed:
                    fresh, done = reading.take(), not self._open
                for frame in fresh:
                    yield frame
                if done:
                    return
                try:
                    await asyncio.wait_for(changed.wait(), heartbeat)
                except TimeoutError:
                    yield reading.quiet
        finally:
            with self._changed:
                self._wakers.remove(wake)
            if self._open:
                self.cancel()

    def replies(self) -> list[Reply | Problem]:
        """Wait for everything; return per request its reply, or why there is none."""
        found: dict[int, Reply | Problem] = {}
        for frame in self.frames():
            if isinstance(frame, Answer):
                found[frame.index] = decode_reply(self.requests[frame.index].part, frame.reply)
            elif isinstance(frame, End) and frame.status != "ok":
                found[frame.index] = frame.problem or Problem(
                    code=frame.status, message=f"the request was {frame.status}", severity="info"
                )
        return [found[index] for index in range(len(self.requests))]


class _Reading:
    """How far somebody has read. To be used under the lock of the ticket's frames."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames
        self._read = 0
        self.quiet: Frame = Progress(step="working")

    @property
    def late(self) -> bool:
        """Whether there is something new."""
        return self._read < len(self._frames)

    def take(self) -> list[Frame]:
        """Return what is new, without places in the queue that are past."""
        fresh = self._frames[self._read :]
        self._read = len(self._frames)
        for frame in fresh:
            if isinstance(frame, Queued | Progress):
                self.quiet = frame
        return [
            frame
            for number, frame in enumerate(fresh, 1)
            if not isinstance(frame, Queued) or number == len(fresh)
        ]

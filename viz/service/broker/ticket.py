"""Queue the frames of a session's requests until a thread or a coroutine reads them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from viz.messages import message_of
from viz.model import Answer, End, Frame, Problem, Progress, Queued, Reply, Request, decode_reply
from viz.service.broker.queue import Lane


class Ticket:
    """Some requests of a session in the broker; made by :meth:`viz.service.broker.Broker.submit`.

    Its work goes on whether or not its frames are read. Read :meth:`frames`, :meth:`aframes` or
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
        """A key per request, equal for equal requests."""
        self.submitted = time.monotonic()
        self.started: float | None = None
        self.position = 0
        """Its place in the queue, from 1; 0 when it is not in the queue."""
        self.hurried = False
        """Whether it went before others because it replaced one that was being worked on."""
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
        """Append a frame for the reader; frames after a request's end are dropped."""
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
        """End the open requests as ``cancelled``. Work that other tickets wait for goes on."""
        self._cancel(self)

    def frames(self, heartbeat: float | None = None) -> Iterator[Frame]:
        """Yield the frames until every request has its end. Closing the iterator early cancels.

        Parameters
        ----------
        heartbeat
            Repeat the last frame about the state after so many seconds without a frame, so that
            the reader gets control regularly.
        """
        reader = _FrameReader(self._frames)
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: reader.has_new or not self._open, heartbeat)
                    fresh, done = reader.take(), not self._open
                yield from fresh or ([] if done else [reader.state])
                if done:
                    return
        finally:
            if self._open:
                self.cancel()

    async def aframes(self, heartbeat: float | None = None) -> AsyncIterator[Frame]:
        """Yield the frames as :meth:`frames` does, for a coroutine; no thread is blocked."""
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()

        def wake() -> None:
            try:
                loop.call_soon_threadsafe(changed.set)
            except RuntimeError:
                pass  # the loop was closed, and its reader with it

        reader = _FrameReader(self._frames)
        with self._changed:
            self._wakers.append(wake)
        try:
            while True:
                changed.clear()
                with self._changed:
                    fresh, done = reader.take(), not self._open
                for frame in fresh:
                    yield frame
                if done:
                    return
                try:
                    await asyncio.wait_for(changed.wait(), heartbeat)
                except TimeoutError:
                    yield reader.state
        finally:
            with self._changed:
                self._wakers.remove(wake)
            if self._open:
                self.cancel()

    def replies(self) -> list[Reply | Problem]:
        """Wait for all ends; return for each request its reply, or the problem."""
        results: dict[int, Reply | Problem] = {}
        for frame in self.frames():
            if isinstance(frame, Answer):
                results[frame.index] = decode_reply(self.requests[frame.index].part, frame.reply)
            elif isinstance(frame, End) and frame.status != "ok":
                results[frame.index] = frame.problem or Problem(
                    code=frame.status,
                    what=message_of("request-ended", status=message_of(f"status-{frame.status}")),
                    severity="info",
                )
        return [results[index] for index in range(len(self.requests))]


class _FrameReader:
    """A position in a ticket's frames. To be used under the lock of the frames."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames
        self._read = 0
        self.state: Frame = Progress(step=message_of("step-working"))

    @property
    def has_new(self) -> bool:
        """Whether there are frames that were not taken."""
        return self._read < len(self._frames)

    def take(self) -> list[Frame]:
        """Return the new frames, without places in the queue that are outdated."""
        fresh = self._frames[self._read :]
        self._read = len(self._frames)
        for frame in fresh:
            if isinstance(frame, Queued | Progress):
                self.state = frame
        return [
            frame
            for number, frame in enumerate(fresh, 1)
            if not isinstance(frame, Queued) or number == len(fresh)
        ]

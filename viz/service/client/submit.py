"""Submit requests to worker processes that know TVM; this process never imports it.

``submit(request)`` returns a :class:`Submission`. Its frames are progress, the answer, the end; a
crash, a timeout or a cancellation is an end like any other. ``submit_all`` takes several requests:
those about one text are answered by one process, which parses and lowers it once.
"""

from __future__ import annotations

import atexit
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from viz import errors
from viz.messages import message_of
from viz.model import Answer, End, Frame, Problem, Progress, Reply, Request, decode_reply
from viz.model.problem import error_of
from viz.service.client.fork_server_client import EndedWhileLoadingError
from viz.service.client.pool import LOADING_SECONDS, PRELOADING_SECONDS, Engine, Host
from viz.service.client.worker_stream import WorkerStream, group_of, needs_preload, problem

__all__ = ["Engine", "Submission", "submit", "submit_all", "trust"]

SECONDS = 60.0
"""How long a request may take before its process is killed; a server has its own limit."""

MOST_LOSSES = 4
"""How often a request is repeated when its fork server ended, which the request did not cause.

A server has four: two, and their replicas. A request that did cause it would end them all.
"""


class Submission:
    """One or several requests on their way.

    Read :meth:`frames` or wait for :meth:`result`; :meth:`cancel` any time, from any thread.

    Parameters
    ----------
    requests
        One request or several.
    seconds
        How long each request may take; capped by the limit of its profile.
    """

    def __init__(
        self, engine: Engine, requests: Request | Sequence[Request], seconds: float = SECONDS
    ) -> None:
        self._engine = engine
        self.requests = (requests,) if isinstance(requests, Request) else tuple(requests)
        self._seconds = seconds
        self._cancelled = threading.Event()
        self._running: tuple[Host, int] | None = None

    @property
    def request(self) -> Request:
        """The first request."""
        return self.requests[0]

    def cancel(self) -> None:
        """Stop the work; the frames then end with ``cancelled``."""
        self._cancelled.set()
        if self._running is not None:
            host, number = self._running
            host.kill(number)

    def frames(self, heartbeat: float | None = None) -> Iterator[Frame]:
        """Yield progress, the answer and the end of each request as they come.

        Closing the iterator early kills the work. A request that fails does not stop those after
        it.

        Parameters
        ----------
        heartbeat
            Repeat the last progress after so many seconds without a frame, so that the reader gets
            control regularly.

        Raises
        ------
        EngineError
            When there is no usable TVM.
        """
        groups: dict[object, list[int]] = {}
        for index, request in enumerate(self.requests):
            if (non_finite := _non_finite(request)) is not None:
                yield End(status="failed", problem=non_finite, index=index)
                continue
            try:
                cached = self._engine.cache.get(request)
            except UnicodeEncodeError:  # JSON cannot encode a lone surrogate
                yield End(status="failed", problem=_broken_text(), index=index)
                continue
            if cached is not None:
                yield Answer(reply=msgspec.Raw(cached), index=index)
                yield End(status="ok", index=index)
            else:
                groups.setdefault(group_of(request, index), []).append(index)
        for indices in groups.values():
            yield from self._group(indices, heartbeat)

    def _group(self, waiting: list[int], heartbeat: float | None) -> Iterator[Frame]:
        """Start processes until each request of a group has its end.

        A request that needs TVM's tensor intrinsics is repeated in a process that has loaded them.
        """
        repeated: list[int] = []
        losses: Counter[int] = Counter()
        while waiting or repeated:
            preloaded = not waiting
            if preloaded:
                waiting, repeated = repeated, []
            engine = self.requests[waiting[0]].engine
            host, number = self._engine.lease(engine, preloaded=preloaded)
            try:
                yield from self._until_ready(host, waiting[0], preloaded, heartbeat)
            except EndedWhileLoadingError:
                losses[waiting[0]] += 1
                if losses[waiting[0]] > MOST_LOSSES:
                    raise
                continue
            stream = WorkerStream(
                host,
                number,
                {index: self.requests[index] for index in waiting},
                seconds=self._seconds,
                cancelled=self._cancelled,
                keep=self._engine.cache.put,
            )
            yield from self._one_process(stream, waiting, repeated, preloaded, heartbeat)
            if stream.lost and not self._cancelled.is_set():
                yield from self._count_loss(losses, waiting)

    def _one_process(
        self,
        stream: WorkerStream,
        waiting: list[int],
        repeated: list[int],
        preloaded: bool,
        heartbeat: float | None,
    ) -> Iterator[Frame]:
        """Yield the frames of one process; move what has ended out of ``waiting``.

        Requests that another process must repeat go to ``repeated``, without an end.
        """
        self._running = stream.host, stream.number
        try:
            for frame in stream.frames(heartbeat):
                if not isinstance(frame, End):
                    yield frame
                    continue
                waiting.remove(frame.index)
                if needs_preload(frame) and not preloaded:
                    repeated.append(frame.index)
                else:
                    yield frame
        finally:
            stream.close()
            self._running = None

    def _count_loss(self, losses: Counter[int], waiting: list[int]) -> Iterator[End]:
        """Note that the fork server ended during the first request; give up after too often."""
        index = waiting[0]
        losses[index] += 1
        if losses[index] > MOST_LOSSES:
            waiting.remove(index)
            ended = problem(message_of("engine-process-gone"))
            yield End(status="crashed", problem=ended, index=index)

    def _until_ready(
        self, host: Host, index: int, preloaded: bool, heartbeat: float | None
    ) -> Iterator[Frame]:
        seconds = PRELOADING_SECONDS if preloaded else LOADING_SECONDS
        deadline = time.monotonic() + seconds
        step = message_of("step-preloading" if preloaded else "step-starting")
        while not self._cancelled.is_set() and not host.wait_until_ready(heartbeat or 1.0):
            yield Progress(step=step, index=index)
            if time.monotonic() > deadline:
                raise errors.EngineError(message_of("engine-start-timeout", seconds=seconds))

    def result(self) -> Reply:
        """Wait for the reply to the only request.

        Raises
        ------
        VizError
            The error that the engine reported, or a WorkerError when its process is gone.
        """
        (reply,) = self.replies()
        return reply

    def replies(self) -> Iterator[Reply]:
        """Wait for all requests and yield the replies, in the order of the requests.

        Raises
        ------
        VizError
            As :meth:`result`, in the place of the first reply that is missing.
        """
        for result in self.results():
            if isinstance(result, errors.VizError):
                raise result
            yield result

    def results(self) -> list[Reply | errors.VizError]:
        """Wait for the reply, or the error, of each request, in their order.

        Raises
        ------
        EngineError
            When there is no usable TVM.
        """
        results: dict[int, Reply | errors.VizError] = {}
        for frame in self.frames():
            if isinstance(frame, Answer):
                part = self.requests[frame.index].part
                results[frame.index] = decode_reply(part, frame.reply)
            elif isinstance(frame, End) and frame.problem is not None:
                results[frame.index] = error_of(frame.problem)
        return [results[index] for index in range(len(self.requests))]


def _non_finite(request: Request) -> Problem | None:
    """Return the problem of an infinite number or a NaN, which JSON does not have."""
    options = request.options
    for values in (request.arguments, options.attributes, options.config):
        for name, value in values.items():
            if isinstance(value, float) and not math.isfinite(value):
                what = message_of("not-finite", name=name, value=str(value))
                return Problem(code=errors.RequestError.code, what=what)
    return None


def _broken_text() -> Problem:
    return Problem(code=errors.SourceError.code, what=message_of("broken-unicode"))


_ENGINE = Engine(local=True)
atexit.register(_ENGINE.close)


def trust() -> None:
    """From now on run programs although the kernel denies a layer of the jail that they need."""
    _ENGINE.trust()


def submit(
    request: Request, *, seconds: float = SECONDS, engine: Engine | None = None
) -> Submission:
    """Submit one request. Work starts when the submission's frames are read."""
    return Submission(engine or _ENGINE, request, seconds)


def submit_all(
    requests: Sequence[Request], *, seconds: float = SECONDS, engine: Engine | None = None
) -> Submission:
    """Submit several requests; each has its answer and its end, with its ``index`` in ``requests``.

    Parameters
    ----------
    seconds
        How long each of them may take.
    """
    return Submission(engine or _ENGINE, requests, seconds)

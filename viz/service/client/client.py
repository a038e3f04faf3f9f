"""Sends requests to processes that know TVM; the caller never imports it and survives all of it.

``submit(request)`` returns a :class:`Job`. Its frames are progress, the answer, the end; a crash,
a hang or a cancellation is an end like any other. ``submit_all`` asks several things at once: what
is about one text is answered by one process, which parses and lowers it once.
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
from viz.model import Answer, End, Frame, Problem, Progress, Reply, Request, decode_reply
from viz.model.problem import error_of
from viz.service.client.conversation import Conversation, group_of, needs_preload, problem
from viz.service.client.pool import LOADING_SECONDS, PRELOADING_SECONDS, Engine, Host
from viz.service.client.zygote_client import EndedLoadingError

__all__ = ["Engine", "Job", "submit", "submit_all", "trust"]

SECONDS = 60.0
"""How long a request may take before it is killed."""

MOST_LOSSES = 4
"""How often a request is asked anew when the engine's process ended, for which it is not to blame.

So many a server has: two, and their twins. Were a request to blame after all, it would go on ending
them.
"""


class Job:
    """Requests on their way, or one.

    Read :meth:`frames` or wait for :meth:`result`; :meth:`cancel` any time.

    Parameters
    ----------
    seconds
        How long each of the requests may take; no longer than its profile allows.
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
        """The first of its requests."""
        return self.requests[0]

    def cancel(self) -> None:
        """Stop the work; the frames then end with ``cancelled``."""
        self._cancelled.set()
        if self._running is not None:
            host, number = self._running
            host.kill(number)

    def frames(self, heartbeat: float | None = None) -> Iterator[Frame]:
        """Yield progress, the answer and the end of each request as they come.

        Leaving early kills the work. A request that fails does not stop those after it.

        With ``heartbeat`` the last progress comes again after so many seconds of quiet, so that
        whoever reads can look after other things.

        Raises
        ------
        EngineError
            When there is no usable TVM.
        """
        groups: dict[object, list[int]] = {}
        for index, request in enumerate(self.requests):
            if (wrong := _no_number(request)) is not None:
                yield End(status="failed", problem=wrong, index=index)
                continue
            try:
                kept = self._engine.cache.get(request)
            except UnicodeEncodeError:  # JSON cannot hold half a surrogate pair
                yield End(status="failed", problem=_broken_text(), index=index)
                continue
            if kept is not None:
                yield Answer(reply=msgspec.Raw(kept), index=index)
                yield End(status="ok", index=index)
            else:
                groups.setdefault(group_of(request, index), []).append(index)
        for waiting in groups.values():
            yield from self._group(waiting, heartbeat)

    def _group(self, waiting: list[int], heartbeat: float | None) -> Iterator[Frame]:
        """Ask processes until each request of a group has its end."""
        again: list[int] = []
        losses: Counter[int] = Counter()
        while waiting or again:
            preloaded = not waiting
            if preloaded:
                waiting, again = again, []
            host, number = self._engine.lease(preloaded=preloaded)
            try:
                yield from self._until_ready(host, waiting[0], preloaded, heartbeat)
            except EndedLoadingError:
                losses[waiting[0]] += 1
                if losses[waiting[0]] > MOST_LOSSES:
                    raise
                continue
            talk = Conversation(
                host,
                number,
                {index: self.requests[index] for index in waiting},
                seconds=self._seconds,
                cancelled=self._cancelled,
                keep=self._engine.cache.put,
            )
            self._running = host, number
            try:
                for frame in talk.frames(heartbeat):
                    needs_all = isinstance(frame, End) and needs_preload(frame) and not preloaded
                    if isinstance(frame, End):
                        waiting.remove(frame.index)
                        if needs_all:
                            again.append(frame.index)
                    if not needs_all:
                        yield frame
            finally:
                talk.close()
                self._running = None
            if talk.lost and not self._cancelled.is_set():
                index = waiting[0]
                losses[index] += 1
                if losses[index] > MOST_LOSSES:
                    waiting.remove(index)
                    ended = problem("the engine's process ended", "Try again.")
                    yield End(status="crashed", problem=ended, index=index)

    def _until_ready(
        self, host: Host, index: int, preloaded: bool, heartbeat: float | None
    ) -> Iterator[Frame]:
        seconds = PRELOADING_SECONDS if preloaded else LOADING_SECONDS
        deadline = time.monotonic() + seconds
        step = (
            "loading TVM's tensor intrinsics, once: 10 to 20 s"
            if preloaded
            else "starting the engine"
        )
        while not self._cancelled.is_set() and not host.wait_until_ready(heartbeat or 1.0):
            yield Progress(step=step, index=index)
            if time.monotonic() > deadline:
                raise errors.EngineError(f"the engine did not start within {seconds:g} s")

    def result(self) -> Reply:
        """Wait for the reply to its only request.

        Raises
        ------
        VizError
            The error that the engine reported, or a WorkerError when its process is gone.
        """
        (found,) = self.replies()
        return found

    def replies(self) -> Iterator[Reply]:
        """Wait for all of its requests and yield the replies.

        Raises
        ------
        VizError
            As :meth:`result`, in the place of the first reply that there is not.
        """
        for each in self.results():
            if isinstance(each, errors.VizError):
                raise each
            yield each

    def results(self) -> list[Reply | errors.VizError]:
        """Wait for the reply, or the error, of each of its requests.

        Raises
        ------
        EngineError
            When there is no usable TVM.
        """
        found: dict[int, Reply | errors.VizError] = {}
        for frame in self.frames():
            if isinstance(frame, Answer):
                part = self.requests[frame.index].part
                found[frame.index] = decode_reply(part, frame.reply)
            elif isinstance(frame, End) and frame.problem is not None:
                found[frame.index] = error_of(frame.problem)
        return [found[index] for index in range(len(self.requests))]


def _no_number(request: Request) -> Problem | None:
    """Tell of an infinite number, or one that is none: JSON has no such."""
    options = request.options
    for values in (request.arguments, options.attributes, options.config):
        for name, value in values.items():
            if isinstance(value, float) and not math.isfinite(value):
                message = f"{name} is {value}; it must be a finite number"
                return Problem(code=errors.RequestError.code, message=message)
    return None


def _broken_text() -> Problem:
    return Problem(
        code=errors.SourceError.code,
        message="this is not a text file: it has broken Unicode",
        hint="Save it as UTF-8.",
    )


_ENGINE = Engine(local=True)
atexit.register(_ENGINE.close)


def trust() -> None:
    """From now on run programs although the kernel denies a layer of the jail that they need."""
    _ENGINE.trust()


def submit(request: Request, *, seconds: float = SECONDS, engine: Engine | None = None) -> Job:
    """Ask for one part of one text. Work starts when the job's frames are read."""
    return Job(engine or _ENGINE, request, seconds)


def submit_all(
    requests: Sequence[Request], *, seconds: float = SECONDS, engine: Engine | None = None
) -> Job:
    """Ask for several parts; each has its answer and its end, with its ``index`` in ``requests``.

    Parameters
    ----------
    seconds
        For each of them.
    """
    return Job(engine or _ENGINE, requests, seconds)

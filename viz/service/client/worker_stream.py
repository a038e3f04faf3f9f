"""Send requests to one worker process, check the frames that it returns, and tell how it ended."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import msgspec

from viz import errors
from viz.messages import Message, message_of
from viz.model import (
    EMULATED,
    REMOTE,
    Answer,
    CausesPart,
    ComputedPart,
    CostAdvicePart,
    End,
    EnvironmentPart,
    Frame,
    LaunchPart,
    OnnxPart,
    PlanPart,
    Problem,
    Progress,
    RacePart,
    RecordPart,
    Request,
    RulePart,
    RunPart,
    SchedulePart,
    SearchPart,
    SourcePart,
    VerifyPart,
    decode_reply,
)
from viz.service.client import rpc_relay
from viz.service.client.pool import Host
from viz.service.sandbox.profiles import PROFILES
from viz.service.wire import PRELOAD, Assignment, Notice, Order, WorkerFrame, frames, pack

GRACE = 2.0
"""Seconds after which the fork server kills a process that this side did not."""

Ending = Literal["timeout", "crashed", "cancelled"]


def problem(what: Message, advice: Message | None = None) -> Problem:
    """Return the problem of a process that is gone."""
    return Problem(code=errors.WorkerError.code, what=what, advice=advice)


class WorkerStream:
    """One worker process and the requests that it is to answer, in their order.

    Parameters
    ----------
    host, number
        What starts the process, and the number it is to have there.
    requests
        By their index in the submission; all of one profile.
    seconds
        How long each request may take; capped by the limit of the profile.
    cancelled
        Set when the answers are not wanted any more.
    keep
        Called with each request and its answer, as JSON of the right type.

    Attributes
    ----------
    lost
        Whether the host ended, so that nothing is known about the first unanswered request.
    """

    def __init__(
        self,
        host: Host,
        number: int,
        requests: Mapping[int, Request],
        *,
        seconds: float,
        cancelled: threading.Event,
        keep: Callable[[Request, bytes], None],
    ) -> None:
        self.host, self.number, self._requests = host, number, requests
        self._cancelled, self._keep = cancelled, keep
        self._unanswered = list(requests)
        self._profile = PROFILES[profile_of(requests[self._unanswered[0]])]
        self._seconds = min(seconds, self._profile.seconds)
        self._began = time.monotonic()
        self._stream: socket.socket | None = None
        self.lost = False

    def frames(self, heartbeat: float | None) -> Iterator[Frame]:
        """Yield the frames of the process, and an end for the request during which it died."""
        if self._cancelled.is_set():
            yield from self._all_cancelled()
            return
        order = Order(
            job=self.number,
            profile=self._profile.name,
            seconds=self._seconds * len(self._unanswered) + GRACE,
        )
        batch = Assignment(requests=tuple(self._requests.values()), indices=tuple(self._requests))
        relay = rpc_relay.opened() if self._profile.name in RELAYED else None
        try:
            self._stream = self.host.start(order, relay)
        except OSError:
            self.lost = True
            # Until its end has been noticed, the engine would lease the same host again.
            self.host.exit(self.number)
            return
        finally:
            if relay is not None:
                relay.close()  # the worker has its own end
        try:
            self._stream.settimeout(self._seconds)
            self._stream.sendall(pack(batch))
        except OSError:
            pass  # the child died while reading, or does not read; the end of its frames shows why
        self._stream.settimeout(None)
        try:
            yield from self._checked(self._stream, heartbeat)
        except TimeoutError:
            yield self._end("timeout", message_of("timeout", seconds=self._seconds))
        except OverflowError:
            yield self._end("crashed", message_of("wrote-too-much"))
        except (msgspec.MsgspecError, RecursionError):
            yield self._end("crashed", message_of("answered-nonsense"))
        except (EOFError, OSError):
            yield from self._died()

    def close(self) -> None:
        """Close the stream and kill the process unless it has answered everything."""
        if self._stream is not None:
            self._stream.close()
            if self._unanswered or self.lost:
                self.host.kill(self.number)

    def _checked(self, stream: socket.socket, heartbeat: float | None) -> Iterator[Frame]:
        """Yield the frames that fit the requests; with a heartbeat the last progress again."""
        latest = Progress(step=message_of("step-working"), index=self._unanswered[0])
        answered = False
        for frame in frames(stream, lambda: self._began + self._seconds, heartbeat):
            if frame is None:
                yield latest
                continue
            self._require_in_order(frame, answered=answered)
            if isinstance(frame, Answer):
                self._check_and_keep(frame)
                answered = True
            elif isinstance(frame, Progress):
                latest = frame
            else:
                self._unanswered.remove(frame.index)
                self._began = time.monotonic()
                answered = False
                yield frame
                if not self._unanswered:
                    return
                latest = Progress(step=message_of("step-working"), index=self._unanswered[0])
                continue
            yield frame

    def _require_in_order(self, frame: WorkerFrame, *, answered: bool) -> None:
        """Refuse frames that are not of the first unanswered request: one answer, then its end.

        Raises
        ------
        msgspec.ValidationError
            For a frame out of this order.
        """
        if frame.index != self._unanswered[0]:
            raise msgspec.ValidationError("a frame about another request")
        if isinstance(frame, Answer) and answered:
            raise msgspec.ValidationError("a second answer")
        if isinstance(frame, End) and not (
            frame.status == "ok"
            if answered
            else frame.status == "failed" and frame.problem is not None
        ):
            raise msgspec.ValidationError("an end that does not fit")

    def _check_and_keep(self, frame: Answer) -> None:
        request, reply = self._requests[frame.index], bytes(frame.reply)
        decode_reply(request.part, reply)
        self._keep(request, reply)

    def _died(self) -> Iterator[End]:
        if self._cancelled.is_set():
            yield from self._all_cancelled()
            return
        self.host.kill(self.number)
        notice = self.host.exit(self.number)
        if notice is None and not self.host.alive:
            self.lost = True
            return
        if notice is not None and notice.late:
            yield self._end("timeout", message_of("timeout", seconds=self._seconds))
        else:
            cause = _cause(notice)
            request = self._requests[self._unanswered[0]]
            part, advice = request.part, None
            if cause.id == "bad-access" and isinstance(part, RunPart):
                if RELAX in request.text and not request.function:
                    advice = message_of("run-relax-with-checks")
                elif _is_unchecked(part):
                    advice = message_of("run-with-checks")
                elif part.device == "llvm":
                    advice = message_of("run-c-with-checks")
            yield self._end("crashed", cause, advice)

    def _all_cancelled(self) -> Iterator[End]:
        while self._unanswered:
            yield self._end("cancelled", message_of("cancelled"))

    def _end(self, status: Ending, what: Message, advice: Message | None = None) -> End:
        index = self._unanswered.pop(0)
        self.host.kill(self.number)
        seconds = time.monotonic() - self._began
        return End(status=status, problem=problem(what, advice), seconds=seconds, index=index)


# ---------------------------------------------------------------- profiles and causes of death


_PROFILES = {"cuda": "gpu", REMOTE: "run-remote"}
"""The profiles of runs, by the device, that are not the usual one."""

RELAYED = ("run-remote", "look")
"""The profiles whose processes may ask for the owner's remote device."""

NATIVE = (
    PlanPart,
    ComputedPart,
    CostAdvicePart,
    CausesPart,
    VerifyPart,
    RecordPart,
    RacePart,
    RulePart,
    SearchPart,
)
"""The parts, beside a run, that run machine code, a reference or a program of the user's."""


def profile_of(request: Request) -> str:
    """Return the name of the sandbox profile that a request is answered under."""
    if isinstance(request.part, EnvironmentPart):
        return "look"
    if isinstance(request.part, RunPart):
        return _PROFILES.get(request.part.device, "run-library")
    if isinstance(request.part, NATIVE):
        return "run-library"  # which delegate references and compilers
    if isinstance(request.part, SchedulePart) and request.part.verify:
        return "run-library"
    if isinstance(request.part, SourcePart | LaunchPart) and request.part.compile:
        return "run-library"  # which delegates to compilers
    return "view"


def group_of(request: Request, index: int) -> object:
    """Return a key that is equal for requests that one process may answer together.

    A hostile text can falsify the answers of its own process, so no other text shares it; machine
    code gets a process for itself, since it could falsify the other answers about its text.
    """
    if isinstance(request.part, OnnxPart):
        return index  # its text is in the part
    return (request.engine, request.text) if profile_of(request) == "view" else index


def needs_preload(end: End) -> bool:
    """Whether a request ended because its process has not loaded TVM's tensor intrinsics."""
    return end.problem is not None and end.problem.code == PRELOAD


RELAX = "R.function"
"""What a text has with a Relax function, which then is its first one."""

CAUSES = {
    "SIGXCPU": "processor-time",
    "SIGKILL": "killed",
    "SIGXFSZ": "wrote-file",
    "SIGSYS": "forbidden-call",
    "SIGSEGV": "bad-access",
    "SIGBUS": "bad-access",
    "SIGABRT": "bad-access",
    "SIGFPE": "division-by-zero",
    "SIGILL": "unknown-instruction",
}
"""The id of the message for each signal that ends a process."""


def _is_unchecked(part: RunPart) -> bool:
    return part.device in (EMULATED, "c") and not part.checked


def _cause(notice: Notice | None) -> Message:
    # As os.WIFSIGNALED and os.WTERMSIG, which Windows does not have.
    number = notice.status & 0x7F if notice is not None else 0
    if number not in signal.valid_signals():
        return message_of("process-gone-unknown")
    name = signal.Signals(number).name
    return message_of(CAUSES.get(name, "crashed"), signal=name)

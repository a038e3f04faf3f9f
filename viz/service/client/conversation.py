"""One conversation with a process that answers: what is asked, what may be said, how it ends."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import msgspec

from viz import errors
from viz.model import (
    EMULATED,
    Answer,
    End,
    EnvironmentPart,
    Frame,
    Problem,
    Progress,
    Request,
    RunPart,
    decode_reply,
)
from viz.service.client.pool import Host
from viz.service.sandbox.profiles import PROFILES, Profile
from viz.service.wire import PRELOAD, Batch, Notice, Order, WorkerFrame, frames, pack

GRACE = 2.0
"""Seconds after which the zygote ends what the page did not."""

Ending = Literal["timeout", "crashed", "cancelled"]


def problem(message: str, hint: str) -> Problem:
    """Return what is said of a process that is gone."""
    return Problem(code=errors.WorkerError.code, message=message, hint=hint)


class Conversation:
    """One process and the requests it is asked; ends when they are answered or it is.

    Parameters
    ----------
    requests
        By their index in the job; all of one profile.
    seconds
        How long each of them may take; no longer than the profile allows.
    keep
        Called with each request and its answer, as JSON of the right type.

    Attributes
    ----------
    lost
        Whether the host ended, so that nothing is known of the first request that is left.
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
        self._host, self._number, self._requests = host, number, requests
        self._cancelled, self._keep = cancelled, keep
        self._left = list(requests)
        self._profile = PROFILES[profile_of(requests[self._left[0]])]
        self._seconds = min(seconds, self._profile.seconds)
        self._began = time.monotonic()
        self._stream: socket.socket | None = None
        self.lost = False

    def frames(self, heartbeat: float | None) -> Iterator[Frame]:
        """Yield what the process says, and an end for the request that it died of."""
        if self._cancelled.is_set():
            yield from self._all_cancelled()
            return
        order = Order(
            job=self._number,
            profile=self._profile.name,
            seconds=self._seconds * len(self._left) + GRACE,
        )
        batch = Batch(requests=tuple(self._requests.values()), indices=tuple(self._requests))
        try:
            self._stream = self._host.start(order)
        except OSError:
            self.lost = True
            # Until its end has been noticed, the same host would be chosen again.
            self._host.exit(self._number)
            return
        try:
            self._stream.settimeout(self._seconds)
            self._stream.sendall(pack(batch))
        except OSError:
            pass  # the child died while reading, or does not read; what follows tells why
        self._stream.settimeout(None)
        try:
            yield from self._conversation(self._stream, heartbeat)
        except TimeoutError:
            yield self._end("timeout", *_late(self._seconds))
        except OverflowError:
            yield self._end("crashed", "stopped: it wrote more than may be shown", "")
        except (msgspec.MsgspecError, RecursionError):
            yield self._end("crashed", "stopped: what it answered makes no sense", "")
        except (EOFError, OSError):
            yield from self._died()

    def close(self) -> None:
        """Leave the process, which dies of it unless it has ended."""
        if self._stream is not None:
            self._stream.close()
            if self._left or self.lost:
                self._host.kill(self._number)

    def _conversation(self, stream: socket.socket, heartbeat: float | None) -> Iterator[Frame]:
        quiet = Progress(step="working", index=self._left[0])
        answered = False
        for frame in frames(stream, lambda: self._began + self._seconds, heartbeat):
            if frame is None:
                yield quiet
                continue
            self._require_honest(frame, answered=answered)
            if isinstance(frame, Answer):
                self._check_and_keep(frame)
                answered = True
            elif isinstance(frame, Progress):
                quiet = frame
            else:
                self._left.remove(frame.index)
                self._began = time.monotonic()
                answered = False
                yield frame
                if not self._left:
                    return
                quiet = Progress(step="working", index=self._left[0])
                continue
            yield frame

    def _require_honest(self, frame: WorkerFrame, *, answered: bool) -> None:
        """Let a worker speak of the request it is at only, and end it once, in one of two ways."""
        if frame.index != self._left[0]:
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
        self._host.kill(self._number)
        notice = self._host.exit(self._number)
        if notice is None and not self._host.alive:
            self.lost = True
            return
        if notice is not None and notice.late:
            yield self._end("timeout", *_late(self._seconds))
        else:
            message, hint = _cause(notice, self._profile)
            part = self._requests[self._left[0]].part
            if hint == BEYOND and isinstance(part, RunPart) and _is_unchecked(part):
                hint += " Run it with checks (Checked on the Run page, --checked): they name it."
            yield self._end("crashed", message, hint)

    def _all_cancelled(self) -> Iterator[End]:
        while self._left:
            yield self._end("cancelled", "cancelled", "")

    def _end(self, status: Ending, message: str, hint: str) -> End:
        index = self._left.pop(0)
        self._host.kill(self._number)
        seconds = time.monotonic() - self._began
        return End(status=status, problem=problem(message, hint), seconds=seconds, index=index)


# ---------------------------------------------------------------- which process, and why it ended


def profile_of(request: Request) -> str:
    """Return the name of the profile that a request is answered under."""
    if isinstance(request.part, EnvironmentPart):
        return "look"
    if isinstance(request.part, RunPart):
        return "gpu" if request.part.device == "cuda" else "run-library"
    return "view"


def group_of(request: Request, index: int) -> object:
    """Return what requests have in common that one process may answer.

    A text can bend its own answers at most, so no other text's may come from the same process, and
    native code could bend those of its own text.
    """
    return request.text if profile_of(request) == "view" else index


def needs_preload(end: End) -> bool:
    """Whether a request ended since its process had not loaded all that it needs."""
    return end.problem is not None and end.problem.code == PRELOAD


BEYOND = "An index outside its buffer?"
CAUSES: dict[str, tuple[str, str]] = {
    "SIGXCPU": ("stopped: it used more processor time than it may", "Try a smaller program."),
    "SIGKILL": ("stopped: the system killed it", "Out of memory?"),
    "SIGXFSZ": ("stopped: it wrote to a file", ""),
    "SIGSYS": ("stopped: it asked the system for something that it may not have", ""),
    "SIGSEGV": ("the program crashed: SIGSEGV", BEYOND),
    "SIGBUS": ("the program crashed: SIGBUS", BEYOND),
    "SIGABRT": ("the program crashed: SIGABRT", BEYOND),
    "SIGFPE": ("the program crashed: SIGFPE", "A division by zero?"),
    "SIGILL": ("the program crashed: SIGILL", "A built-in that this processor does not have?"),
}
"""What a signal means, and what to look for."""


def _is_unchecked(part: RunPart) -> bool:
    return part.device == EMULATED and not part.checked


def _cause(notice: Notice | None, profile: Profile) -> tuple[str, str]:
    # As os.WIFSIGNALED and os.WTERMSIG have it, which not every system has.
    number = notice.status & 0x7F if notice is not None else 0
    if number not in signal.valid_signals():
        return (
            "the process that did the work ended by itself",
            "Set TIRSCOPE_DEBUG=1 and try again: it then says why.",
        )
    name = signal.Signals(number).name
    return CAUSES.get(name, (f"the program crashed: {name}", ""))


def _late(seconds: float) -> tuple[str, str]:
    return f"stopped after {seconds:g} s", "Try a smaller program, or fewer loop iterations."

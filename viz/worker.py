"""Sends requests to processes that know TVM; the caller never imports it and survives all of it.

``submit(request)`` returns a :class:`Job`. Its frames are progress, the answer, the end; a crash,
a hang or a cancellation is an end like any other.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from viz import errors
from viz.cache import Cache
from viz.model import Answer, End, Frame, Problem, Progress, Reply, Request, decode_reply, encode
from viz.protocol import Notice, Order, error_of, frames, pack

SECONDS = 60.0
"""How long a request may take before it is killed."""

LOADING_SECONDS = 60.0


class Zygote:
    """The client's end of one zygote process (:mod:`viz.engine.zygote`)."""

    def __init__(self, *, preload: bool = False) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        root = str(Path(__file__).resolve().parent.parent)
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")])),
            # More threads than ours would make forking unsafe.
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "-m", "viz.engine.zygote", str(theirs.fileno())]
        self._process = subprocess.Popen(
            command + (["--preload"] if preload else []),
            pass_fds=[theirs.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if os.environ.get("TIRSCOPE_DEBUG") else subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self._exits: dict[int, int] = {}
        self._changed = threading.Condition()
        self._ready = False
        self._problem: Problem | None = None
        self.alive = True
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                message = self._control.recv(65536)
            except OSError:
                message = b""
            with self._changed:
                if message:
                    self._note(msgspec.json.decode(message, type=Notice))
                else:
                    self.alive = False
                self._changed.notify_all()
            if not message:
                return

    def _note(self, notice: Notice) -> None:
        if notice.ready:
            self._ready = True
        elif notice.problem is not None:
            self._problem = notice.problem
        else:
            self._exits[notice.job] = notice.status

    @property
    def ready(self) -> bool:
        """Whether it has loaded the engine and takes jobs."""
        return self._ready and self.alive

    def wait_until_ready(self, seconds: float) -> bool:
        """Wait so long for the engine to load; return whether it has.

        Raises
        ------
        EngineError
            When TVM is missing or of another generation, or the process ended.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._ready or self._problem is not None or not self.alive, seconds
            )
            if self._problem is not None:
                raise error_of(self._problem)
            if not self.alive:
                raise errors.EngineError(
                    "the engine did not start",
                    hint="Set TIRSCOPE_DEBUG=1 and try again: it then says why.",
                )
            return self._ready

    def start(self, job: int) -> socket.socket:
        """Start a job and return its stream.

        Raises
        ------
        OSError
            When the process is gone.
        """
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._control, [encode(Order(job=job))], [theirs.fileno()])
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours

    def kill(self, job: int) -> None:
        """Kill a job's process and what it started."""
        try:
            self._control.send(encode(Order(job=job, kill=True)))
        except OSError:
            pass  # the zygote is gone, and its children with it

    def exit_status(self, job: int, seconds: float = 2.0) -> int | None:
        """Return a finished job's status as ``waitpid`` gives it; None when it does not come."""
        with self._changed:
            self._changed.wait_for(lambda: job in self._exits or not self.alive, seconds)
            return self._exits.pop(job, None)

    def close(self) -> None:
        """End the process and all its jobs."""
        try:
            # Wakes our own listener as well as the other side.
            self._control.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it had ended by itself
        self._control.close()
        try:
            self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Engine:
    """Where jobs run. It starts its process when first asked and again whenever that died.

    With ``warm`` a second process loads TVM's tensor intrinsics in the background (seconds) and
    takes over when it is ready; otherwise the first matmul for Metal or in float16 waits for them.
    """

    def __init__(self, *, warm: bool = False) -> None:
        self._warm = warm
        self._lock = threading.Lock()
        self._current: Zygote | None = None
        self._next: Zygote | None = None
        self._busy: dict[Zygote, int] = {}
        self._jobs = 0
        self.cache = Cache()

    def lease(self) -> tuple[Zygote, int]:
        """Return the process to use and a new job number; :meth:`release` it afterwards."""
        with self._lock:
            if self._next is not None and self._next.ready:
                self._retire(self._current)
                self._current, self._next = self._next, None
            if self._current is None or not self._current.alive:
                self._retire(self._current)
                self._current = Zygote()
                if self._warm and self._next is None:
                    self._next = Zygote(preload=True)
            self._jobs += 1
            self._busy[self._current] = self._busy.get(self._current, 0) + 1
            return self._current, self._jobs

    def release(self, zygote: Zygote) -> None:
        """Say that a job no longer needs its process."""
        with self._lock:
            self._busy[zygote] = self._busy.get(zygote, 1) - 1
            if zygote is not self._current:
                self._retire(zygote)

    def _retire(self, zygote: Zygote | None) -> None:
        """End a process that was replaced, as soon as nobody works in it."""
        if zygote is not None and not self._busy.get(zygote):
            self._busy.pop(zygote, None)
            zygote.close()

    def start(self) -> None:
        """Begin loading now, so that the first request need not wait."""
        self.release(self.lease()[0])

    def close(self) -> None:
        """End every process."""
        with self._lock:
            for zygote in {*self._busy, *filter(None, [self._current, self._next])}:
                zygote.close()
            self._current = self._next = None
            self._busy.clear()


class Job:
    """One request on its way.

    Read :meth:`frames` or wait for :meth:`result`; :meth:`cancel` any time.
    """

    def __init__(self, engine: Engine, request: Request, seconds: float = SECONDS) -> None:
        self._engine = engine
        self.request = request
        self._seconds = seconds
        self._cancelled = threading.Event()
        self._zygote: Zygote | None = None
        self._number = 0

    def cancel(self) -> None:
        """Stop the work; the frames then end with ``cancelled``."""
        self._cancelled.set()
        if self._zygote is not None:
            self._zygote.kill(self._number)

    def frames(self, heartbeat: float | None = None) -> Iterator[Frame]:
        """Yield progress, the answer and the end as they come. Leaving early kills the work.

        With ``heartbeat`` the last progress comes again after so many seconds of quiet, so that
        whoever reads can look after other things.

        Raises
        ------
        EngineError
            When there is no usable TVM.
        """
        began = time.monotonic()
        try:
            kept = self._engine.cache.get(self.request)
        except UnicodeEncodeError:  # JSON cannot hold half a surrogate pair
            problem = Problem(
                code=errors.SourceError.code,
                message="this is not a text file: it has broken Unicode",
                hint="Save it as UTF-8.",
            )
            yield End(status="failed", problem=problem, seconds=time.monotonic() - began)
            return
        if kept is not None:
            yield Answer(reply=msgspec.Raw(kept))
            yield End(status="ok")
            return
        zygote, self._number = self._engine.lease()
        try:
            yield from self._frames(zygote, heartbeat)
        finally:
            self._engine.release(zygote)

    def _frames(self, zygote: Zygote, heartbeat: float | None) -> Iterator[Frame]:
        loading = time.monotonic() + LOADING_SECONDS
        while not zygote.wait_until_ready(heartbeat or 1.0):
            yield Progress(step="starting the engine")
            if time.monotonic() > loading:
                raise errors.EngineError(f"the engine did not start within {LOADING_SECONDS:g} s")
        began = time.monotonic()
        try:
            stream = zygote.start(self._number)
        except OSError:
            yield _end("crashed", began, "the engine's process ended", "Try again.")
            return
        self._zygote = zygote
        if self._cancelled.is_set():
            zygote.kill(self._number)
        ended = False
        try:
            for frame in self._conversation(stream, zygote, began, heartbeat):
                ended = isinstance(frame, End)
                yield frame
        finally:
            stream.close()
            if not ended:
                zygote.kill(self._number)

    def _conversation(
        self, stream: socket.socket, zygote: Zygote, began: float, heartbeat: float | None
    ) -> Iterator[Frame]:
        try:
            stream.sendall(pack(self.request))
        except OSError:
            pass  # the child died while reading; what follows tells why
        quiet = Progress(step="working")
        try:
            for frame in frames(stream, began + self._seconds, heartbeat):
                if isinstance(frame, Answer):
                    self._engine.cache.put(self.request, bytes(frame.reply))
                elif isinstance(frame, Progress):
                    quiet = frame
                yield frame or quiet
                if isinstance(frame, End):
                    return
        except TimeoutError:
            zygote.kill(self._number)
            message = f"stopped after {self._seconds:g} s"
            yield _end(
                "timeout", began, message, "Try a smaller program, or fewer loop iterations."
            )
        except (EOFError, OSError, msgspec.MsgspecError):
            zygote.kill(self._number)
            yield self._died(zygote, began)

    def _died(self, zygote: Zygote, began: float) -> End:
        if self._cancelled.is_set():
            return _end("cancelled", began, "cancelled", "")
        status = zygote.exit_status(self._number)
        if status is not None and os.WIFSIGNALED(status):
            name = signal.Signals(os.WTERMSIG(status)).name
            outside = name in ("SIGSEGV", "SIGBUS", "SIGABRT")
            hint = "Does it read or write outside a buffer?" if outside else ""
            return _end("crashed", began, f"the program crashed ({name})", hint)
        return _end(
            "crashed",
            began,
            "the process that did the work ended by itself",
            "Set TIRSCOPE_DEBUG=1 and try again: it then says why.",
        )

    def result(self) -> Reply:
        """Wait for the reply.

        Raises
        ------
        VizError
            The error that the engine reported, or a WorkerError when its process is gone.
        """
        reply: Reply | None = None
        for frame in self.frames():
            if isinstance(frame, Answer):
                reply = decode_reply(self.request.part, frame.reply)
            elif isinstance(frame, End) and frame.problem is not None:
                raise error_of(frame.problem)
        assert reply is not None
        return reply


def _end(
    status: Literal["timeout", "crashed", "cancelled"], began: float, message: str, hint: str
) -> End:
    problem = Problem(code=errors.WorkerError.code, message=message, hint=hint)
    return End(status=status, problem=problem, seconds=time.monotonic() - began)


_ENGINE = Engine()
atexit.register(_ENGINE.close)


def submit(request: Request, *, seconds: float = SECONDS, engine: Engine | None = None) -> Job:
    """Ask for one part of one text. Work starts when the job's frames are read."""
    return Job(engine or _ENGINE, request, seconds)

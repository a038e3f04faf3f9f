"""The processes that answer, seen from outside: zygotes, and the engine that keeps them.

Two zygotes may serve: one that starts in a second or two, and one that has loaded everything,
TVM's tensor intrinsics included, which takes many seconds. Whichever is better serves; when one
dies the other stands by.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from viz import errors, forkless
from viz.cache import Cache
from viz.model import Problem, encode
from viz.protocol import Notice, Order, error_of

LOADING_SECONDS = 60.0
"""How long a process may take to load the engine."""

PRELOADING_SECONDS = 240.0
"""And to load all of it, on a machine that has other things to do."""

MOST_EXITS = 256


class Host(Protocol):
    """Something that starts processes which answer."""

    alive: bool
    """Whether it has not ended."""

    @property
    def pid(self) -> int:
        """The number of the process that starts them."""

    @property
    def ready(self) -> bool:
        """Whether it has loaded the engine and takes jobs."""

    def wait_until_ready(self, seconds: float) -> bool:
        """Wait so long for the engine to load; return whether it has."""

    def start(self, order: Order) -> socket.socket:
        """Start a process and return its stream."""

    def kill(self, job: int) -> None:
        """Kill a job's process and what it started."""

    def exit(self, job: int, seconds: float = 2.0) -> Notice | None:
        """Return how a job's process ended; None when that does not come."""

    def close(self) -> None:
        """End the process and all its jobs."""


class Zygote:
    """The outer end of one zygote process (:mod:`viz.engine.zygote`).

    Parameters
    ----------
    died
        Called from another thread when the process has ended by itself.
    """

    def __init__(self, died: Callable[[], None] = lambda: None, *, preload: bool = False) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._folder = Path(tempfile.mkdtemp(prefix="tirscope-"))
        command = [sys.executable, "-m", "viz.engine.zygote", str(theirs.fileno())]
        self._process = subprocess.Popen(
            [*command, str(self._folder), *(["--preload"] if preload else [])],
            pass_fds=[theirs.fileno()],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if os.environ.get("TIRSCOPE_DEBUG") else subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self._died = died
        self._exits: dict[int, Notice] = {}
        self._changed = threading.Condition()
        self._ready = self._closed = False
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
                self._sweep()
                if self._ready and not self._closed:
                    self._died()
                return

    def _note(self, notice: Notice) -> None:
        if notice.ready:
            self._ready = True
        elif notice.problem is not None:
            self._problem = notice.problem
        else:
            self._exits[notice.job] = notice
            while len(self._exits) > MOST_EXITS:  # nobody asks how a job ended that went well
                del self._exits[next(iter(self._exits))]

    @property
    def ready(self) -> bool:
        """Whether it has loaded the engine and takes jobs."""
        return self._ready and self.alive

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

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

    def start(self, order: Order) -> socket.socket:
        """Start a process and return its stream.

        Raises
        ------
        OSError
            When the zygote is gone.
        """
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._control, [encode(order)], [theirs.fileno()])
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

    def exit(self, job: int, seconds: float = 2.0) -> Notice | None:
        """Return how a job's process ended; None when that does not come."""
        with self._changed:
            self._changed.wait_for(lambda: job in self._exits or not self.alive, seconds)
            return self._exits.pop(job, None)

    def close(self) -> None:
        """End the process and all its jobs."""
        self._closed = True
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
        self._sweep()

    def _sweep(self) -> None:
        """Remove what a process that ended suddenly left: a compiler at work, its folder."""
        for pid in _session(self._process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass  # it ended by itself just now
        shutil.rmtree(self._folder, ignore_errors=True)


def _session(leader: int) -> Iterator[int]:
    """Yield the processes of a session but its leader; no jailed process can leave it."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[3]) == leader and int(stat.parent.name) != leader:
            yield int(stat.parent.name)


def environment() -> dict[str, str]:
    """Return the variables for a process that imports this checkout and forks."""
    root = str(Path(__file__).resolve().parent.parent)
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")])),
        # More threads than ours would make forking unsafe.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


class Engine:
    """Where jobs run. It starts its processes when first asked and again whenever one died.

    With ``warm``, as a server wants it, both zygotes are always there: the second loads TVM's
    tensor intrinsics in the background and serves when it is ready, the first stands by.
    Otherwise the second starts when a job needs it.

    Parameters
    ----------
    local
        Whether all who ask sit at this machine. Where the jail is that of Linux it changes nothing;
        elsewhere only then programs run.

    Attributes
    ----------
    restarts
        How often a zygote was replaced that had died.
    """

    def __init__(self, *, warm: bool = False, local: bool = False) -> None:
        self._warm, self._local = warm, local
        self._closed = False
        self._lock = threading.Lock()
        self._hosts: dict[bool, Host] = {}
        self._jobs = 0
        self.restarts = 0
        self.cache = Cache()

    def lease(self, *, preloaded: bool = False) -> tuple[Host, int]:
        """Return the process to use, which may still be loading, and a new job number.

        Raises
        ------
        EngineError
            When the engine is closed.
        """
        with self._lock:
            if self._closed:
                raise errors.EngineError("the engine was stopped")
            self._jobs += 1
            full = self._hosts.get(True)
            if preloaded or (full is not None and full.ready):
                return self._started(True), self._jobs
            host = self._started(False)
            if self._warm:
                self._started(True)
            return host, self._jobs

    def _started(self, preload: bool) -> Host:
        host = self._hosts.get(preload)
        if host is None or not host.alive:
            if host is not None:
                self.restarts += 1
                host.close()
            host = self._hosts[preload] = self._new(preload)
        return host

    def _new(self, preload: bool) -> Host:
        if forkless.is_needed():
            return forkless.Forkless(environment(), local=self._local)
        return Zygote(self._revive, preload=preload)

    def _revive(self) -> None:
        """Start again what has died, before somebody needs it."""
        with self._lock:
            if self._warm and not self._closed:
                self._started(False)
                self._started(True)

    def start(self) -> None:
        """Begin loading now, so that the first request need not wait."""
        self.lease()

    def close(self) -> None:
        """End every process."""
        with self._lock:
            self._closed = True
            for host in self._hosts.values():
                host.close()
            self._hosts.clear()

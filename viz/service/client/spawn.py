"""Answers where nothing can be forked safely (macOS, Windows): a new process for each job.

It costs the seconds of importing TVM each time, and none of the layers that Linux has protect it
but what limits the system knows. So programs of others are shown and not run.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

from viz.service.wire import Notice, Order

FORCED = "TIRSCOPE_FORKLESS"
"""Set to 1, it is used on Linux too: for tests of it."""

ACCESS_VIOLATION = 0xC000_0005
"""What Windows gives as the status of a process that touched memory that it has not."""

MOST_EXITS = 256


def is_needed() -> bool:
    """Whether this system has no zygotes."""
    return sys.platform != "linux" or os.environ.get(FORCED) == "1"


class Forkless:
    """Starts a process for each job; see :class:`viz.service.client.pool.Host`.

    Parameters
    ----------
    local
        Whether all who ask sit at this machine, so that their programs may run.
    """

    def __init__(self, environment: Mapping[str, str], *, local: bool) -> None:
        self._environment, self._local = environment, local
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._exits: dict[int, Notice] = {}
        self._changed = threading.Condition()
        self.alive = True

    @property
    def ready(self) -> bool:
        """Always: there is nothing to wait for."""
        return True

    @property
    def pid(self) -> int:
        """The number of its process, which is this one."""
        return os.getpid()

    def twin(self) -> None:
        """Return None: it starts everything anew, so there is nothing that could stand by."""

    def wait_until_ready(self, seconds: float) -> bool:
        """Return at once."""
        return True

    def start(self, order: Order) -> socket.socket:
        """Start a process and return its stream."""
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",  # a file in the working directory may be named like a module of ours
                "-m",
                "viz.service.engine.one_shot",
                order.profile,
                str(int(self._local)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("TIRSCOPE_DEBUG") else subprocess.DEVNULL,
            env=dict(self._environment),
            start_new_session=sys.platform != "win32",
        )
        self._running[order.job] = process
        for pump in (self._asking, self._answering):
            threading.Thread(target=pump, args=(order.job, process, theirs), daemon=True).start()
        return ours

    def _asking(self, job: int, process: subprocess.Popen[bytes], stream: socket.socket) -> None:
        """Pass on what is asked; when the asking end closes, the process is no longer wanted."""
        assert process.stdin is not None
        try:
            while piece := stream.recv(1 << 16):
                process.stdin.write(piece)
                process.stdin.flush()
        except OSError:
            pass  # one of the two is gone
        self.kill(job)
        stream.close()
        with suppress(OSError):
            process.stdin.close()

    def _answering(self, job: int, process: subprocess.Popen[bytes], stream: socket.socket) -> None:
        """Pass on what is answered, then note how the process ended."""
        assert process.stdout is not None
        try:
            while piece := os.read(process.stdout.fileno(), 1 << 16):
                stream.sendall(piece)
        except OSError:
            process.kill()  # nobody listens
        status = process.wait()
        process.stdout.close()
        with self._changed:
            self._running.pop(job, None)
            self._exits[job] = Notice(job=job, status=waited(status))
            while len(self._exits) > MOST_EXITS:
                del self._exits[next(iter(self._exits))]
            self._changed.notify_all()
        # Only now: whoever reads the end of the stream then asks for the status.
        with suppress(OSError):  # the asking end may have closed first
            stream.shutdown(socket.SHUT_RDWR)

    def kill(self, job: int) -> None:
        """Kill a job's process and what it started."""
        process = self._running.get(job)
        if process is None:
            return
        if sys.platform == "win32":
            process.kill()
            return
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # it ends by itself just now

    def exit(self, job: int, seconds: float = 2.0) -> Notice | None:
        """Return how a job's process ended; None when that does not come."""
        with self._changed:
            self._changed.wait_for(lambda: job in self._exits, seconds)
            return self._exits.pop(job, None)

    def close(self) -> None:
        """End all jobs."""
        self.alive = False
        for job in list(self._running):
            self.kill(job)


def waited(code: int) -> int:
    """Return the status that ``waitpid`` gives for what ``subprocess`` says."""
    if code < 0:
        return -code
    if code == ACCESS_VIOLATION:
        return int(signal.SIGSEGV)
    return (code & 0xFF) << 8

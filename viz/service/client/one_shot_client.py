"""Start a new worker process for each job, where forking is unsafe (macOS, Windows).

Each imports TVM anew, which takes seconds. Of the layers of the jail it has only the limits that
the system knows, so programs of remote users are shown and not run.
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

from viz.service.client.engines import EngineProcess
from viz.service.wire import Notice, Order

FORCED = "TIRSCOPE_FORKLESS"
"""The variable that forces this on Linux too when it is 1, for tests."""

ACCESS_VIOLATION = 0xC000_0005
"""The exit status that Windows gives a process after an invalid memory access."""

MOST_EXITS = 256


def is_needed() -> bool:
    """Whether this system has no fork servers."""
    return sys.platform != "linux" or os.environ.get(FORCED) == "1"


class OneShotHost:
    """Starts a process for each job; see :class:`viz.service.client.pool.Host`.

    Parameters
    ----------
    engine
        How its processes are started.
    environment
        The variables that they get.
    local
        Whether all users sit at this machine, so that their programs may run.
    """

    def __init__(
        self, engine: EngineProcess, environment: Mapping[str, str], *, local: bool
    ) -> None:
        self._engine = engine
        self._environment, self._local = environment, local
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._exits: dict[int, Notice] = {}
        self._changed = threading.Condition()
        self.alive = True

    @property
    def ready(self) -> bool:
        """True: nothing is loaded beforehand."""
        return True

    @property
    def pid(self) -> int:
        """The number of this process, which starts the workers itself."""
        return os.getpid()

    def replica(self) -> None:
        """Return None: nothing is loaded that could be kept in reserve."""

    def wait_until_ready(self, seconds: float) -> bool:
        """Return True at once."""
        return True

    def start(self, order: Order, relay: socket.socket | None = None) -> socket.socket:
        """Start a worker process, which gets no relay, and return the stream to it."""
        caller_end, worker_end = socket.socketpair()
        process = subprocess.Popen(
            [*self._engine.one_shot, order.profile, str(int(self._local))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("TIRSCOPE_DEBUG") else subprocess.DEVNULL,
            env=dict(self._environment),
            start_new_session=sys.platform != "win32",
        )
        self._running[order.job] = process
        for pump in (self._forward_requests, self._forward_frames):
            threading.Thread(
                target=pump, args=(order.job, process, worker_end), daemon=True
            ).start()
        return caller_end

    def _forward_requests(
        self, job: int, process: subprocess.Popen[bytes], stream: socket.socket
    ) -> None:
        """Copy the stream to the standard input; kill the process when the caller closes it."""
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

    def _forward_frames(
        self, job: int, process: subprocess.Popen[bytes], stream: socket.socket
    ) -> None:
        """Copy the standard output to the stream, then note how the process ended."""
        assert process.stdout is not None
        try:
            while piece := os.read(process.stdout.fileno(), 1 << 16):
                stream.sendall(piece)
        except OSError:
            process.kill()  # the caller has closed the stream
        status = process.wait()
        process.stdout.close()
        with self._changed:
            self._running.pop(job, None)
            self._exits[job] = Notice(job=job, status=wait_status(status))
            while len(self._exits) > MOST_EXITS:
                del self._exits[next(iter(self._exits))]
            self._changed.notify_all()
        # Only now: a caller that reads the end of the stream then calls exit().
        with suppress(OSError):  # the caller may have closed first
            stream.shutdown(socket.SHUT_RDWR)

    def kill(self, job: int) -> None:
        """Kill a job's process and those that it started."""
        process = self._running.get(job)
        if process is None:
            return
        if sys.platform == "win32":
            process.kill()
            return
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # it has just ended by itself

    def exit(self, job: int, seconds: float = 2.0) -> Notice | None:
        """Wait for a job's process to end and return how; None after so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: job in self._exits, seconds)
            return self._exits.pop(job, None)

    def close(self) -> None:
        """Kill the processes of all jobs."""
        self.alive = False
        for job in list(self._running):
            self.kill(job)


def wait_status(code: int) -> int:
    """Return the status as ``waitpid`` gives it, from a return code of ``subprocess``."""
    if code < 0:
        return -code
    if code == ACCESS_VIOLATION:
        return int(signal.SIGSEGV)
    return (code & 0xFF) << 8

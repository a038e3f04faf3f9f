"""Start a fork server, send it orders and read its notices.

A fork server that has loaded can fork a replica of itself in milliseconds and with next to no
memory, where a new process would load for seconds. The replica is kept in reserve and takes over
when the first is killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from viz import errors
from viz.messages import message_of
from viz.model import Problem, encode
from viz.model.problem import error_of
from viz.service.client.child_environment import environment
from viz.service.client.engines import TODAY, EngineProcess
from viz.service.client.external_process import ExternalProcess, Process
from viz.service.wire import Notice, Order

MOST_EXITS = 256

CLOSING_SECONDS = 0.5
"""How long a fork server may take to end by itself."""


class EndedWhileLoadingError(errors.EngineError):
    """A fork server ended while it was loading the engine, without a notice."""


class ForkServerClient:
    """One fork server process (:mod:`viz.service.engine.fork_server_main`).

    Made by :meth:`spawn`, or by :meth:`replica` of another one.

    Parameters
    ----------
    control
        The socket for its orders and notices.
    folder
        Where its jobs' compilers may write; removed when it ends.
    process
        None for a replica whose first notice has not come yet.
    changed
        Called with this object from another thread, when the engine is loaded and when a process
        that had loaded has ended by itself.
    """

    def __init__(
        self,
        control: socket.socket,
        folder: Path,
        process: Process | None,
        changed: Callable[[ForkServerClient], None],
    ) -> None:
        self._control, self._folder, self._process = control, folder, process
        self._on_change = changed
        self._exits: dict[int, Notice] = {}
        self._changed = threading.Condition()
        self._ready = self._closed = False
        self._problem: Problem | None = None
        self.alive = True
        threading.Thread(target=self._listen, daemon=True).start()

    @classmethod
    def spawn(
        cls,
        changed: Callable[[ForkServerClient], None] = lambda server: None,
        engine: EngineProcess = TODAY,
        *,
        preload: bool = False,
        unsafe: bool = False,
    ) -> ForkServerClient:
        """Start a fork server that loads the engine.

        Parameters
        ----------
        engine
            How its processes are started.
        preload
            Whether it loads TVM's tensor intrinsics too.
        unsafe
            Whether its jobs run programs although the kernel denies a layer that they need.
        """
        control, server_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        folder = _folder()
        command = [*engine.fork_server, str(server_end.fileno()), str(folder)]
        with server_end:
            process = subprocess.Popen(
                [*command, *(["--preload"] if preload else [])],
                pass_fds=[server_end.fileno()],
                env=environment(unsafe, foreign=engine.foreign),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if os.environ.get("TIRSCOPE_DEBUG") else subprocess.DEVNULL,
                start_new_session=True,
            )
        return cls(control, folder, process, changed)

    def replica(
        self, changed: Callable[[ForkServerClient], None] | None = None
    ) -> ForkServerClient:
        """Return a fork of this fork server, which must be ready.

        Parameters
        ----------
        changed
            As for the class; by default what this one calls.

        Raises
        ------
        OSError
            When its process is gone.
        """
        control, server_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        folder = _folder()
        with server_end:
            try:
                order = Order(replica=str(folder))
                socket.send_fds(self._control, [encode(order)], [server_end.fileno()])
            except OSError:
                control.close()
                shutil.rmtree(folder, ignore_errors=True)
                raise
        return ForkServerClient(control, folder, None, changed or self._on_change)

    def _listen(self) -> None:
        while True:
            try:
                message = self._control.recv(65536)
            except OSError:
                message = b""
            with self._changed:
                loaded = False
                if message:
                    loaded = self._note(msgspec.json.decode(message, type=Notice))
                else:
                    self.alive = False
                self._changed.notify_all()
            if (loaded or (not message and self._ready)) and not self._closed:
                self._on_change(self)
            if not message:
                self._sweep()
                return

    def _note(self, notice: Notice) -> bool:
        """Store a notice; return whether it says that the engine is loaded."""
        if notice.ready:
            if self._process is None:
                self._process = _external(notice.process)
            self._ready = self._process is not None
            return self._ready
        if notice.problem is not None:
            self._problem = notice.problem
        else:
            self._exits[notice.job] = notice
            while len(self._exits) > MOST_EXITS:  # exit() is not called for jobs that went well
                del self._exits[next(iter(self._exits))]
        return False

    @property
    def ready(self) -> bool:
        """Whether it has loaded the engine and can start workers."""
        return self._ready and self.alive

    @property
    def pid(self) -> int:
        """The number of its process; 0 for a replica whose first notice has not come yet."""
        return self._process.pid if self._process is not None else 0

    def wait_until_ready(self, seconds: float) -> bool:
        """Wait at most so many seconds for the engine to load; return whether it has.

        Raises
        ------
        EngineError
            When there is no usable TVM.
        EndedWhileLoadingError
            When the process ended without a notice.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._ready or self._problem is not None or not self.alive, seconds
            )
            if self._problem is not None:
                raise error_of(self._problem)
            if not self.alive and not self._ready:
                raise EndedWhileLoadingError(message_of("engine-not-started"))
            return self._ready

    def start(self, order: Order, relay: socket.socket | None = None) -> socket.socket:
        """Start a worker process and return the stream to it.

        Raises
        ------
        OSError
            When the fork server is gone.
        """
        caller_end, worker_end = socket.socketpair()
        try:
            files = [worker_end.fileno(), *([relay.fileno()] if relay else ())]
            socket.send_fds(self._control, [encode(order)], files)
        except OSError:
            caller_end.close()
            raise
        finally:
            worker_end.close()
        return caller_end

    def kill(self, job: int) -> None:
        """Kill a job's process and those that it started."""
        try:
            self._control.send(encode(Order(job=job, kill=True)))
        except OSError:
            pass  # the fork server is gone, and its children with it

    def exit(self, job: int, seconds: float = 2.0) -> Notice | None:
        """Wait for a job's process to end and return how; None after so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: job in self._exits or not self.alive, seconds)
            return self._exits.pop(job, None)

    def close(self) -> None:
        """End the process and all its jobs."""
        self._closed = True
        try:
            # Wakes the listening thread as well as the fork server.
            self._control.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it had ended by itself
        self._control.close()
        if self._process is not None:
            try:
                self._process.wait(CLOSING_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._sweep()

    def _sweep(self) -> None:
        """Remove what a process that ended suddenly left: a running compiler, its folder."""
        if self._process is not None:
            for pid in _session(self._process.pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass  # it has just ended by itself
        shutil.rmtree(self._folder, ignore_errors=True)


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="tirscope-"))


def _external(pid: int) -> Process | None:
    try:
        return ExternalProcess(pid)
    except OSError:
        return None  # it has ended already, or this kernel has no such descriptors


def _session(leader: int) -> Iterator[int]:
    """Yield the processes of a session but its leader; a jailed process cannot leave it."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[3]) == leader and int(stat.parent.name) != leader:
            yield int(stat.parent.name)

"""One zygote seen from outside: the process that starts those that answer, and its twin.

A zygote that has loaded may be asked for a twin, a fork of it that can do all that it can. It
costs milliseconds and next to no memory, where another process would load for seconds: it stands by
and takes over when the first is killed.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

import msgspec

from viz import errors
from viz.model import Problem, encode
from viz.model.problem import error_of
from viz.service.sandbox import UNJAILED
from viz.service.wire import Notice, Order

MOST_EXITS = 256

CLOSING_SECONDS = 0.5
"""How long a zygote may take to end by itself."""


class EndedLoadingError(errors.EngineError):
    """A process ended while it was loading the engine, and did not say why."""


class Process(Protocol):
    """What is needed of a process that was started, by us or by another."""

    @property
    def pid(self) -> int:
        """Its number."""

    def kill(self) -> None:
        """End it."""

    def wait(self, timeout: float | None = None) -> object:
        """Wait until it has ended.

        Raises
        ------
        subprocess.TimeoutExpired
            When it takes longer than so many seconds.
        """


class Stranger:
    """A process that is no child of this one, held by a file descriptor that names no other.

    Raises
    ------
    OSError
        When there is none of that number, or the system has no such descriptors.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._file = os.pidfd_open(pid)

    def kill(self) -> None:
        """End it."""
        try:
            signal.pidfd_send_signal(self._file, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it has ended.

        Raises
        ------
        subprocess.TimeoutExpired
            When it takes longer than so many seconds.
        """
        if self._file < 0:
            return
        if not select.select([self._file], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        try:
            # In a container this process may be the one that inherits orphans.
            os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            pass  # somebody else's, as it mostly is
        os.close(self._file)
        self._file = -1


class Zygote:
    """The outer end of one zygote process (:mod:`viz.service.engine.zygote`).

    Made by :meth:`spawn`, or by :meth:`twin` of another one.

    Parameters
    ----------
    control
        The socket on which it takes orders.
    folder
        Where its jobs' compilers may write; removed when it ends.
    process
        None for a twin that has not said yet which it is.
    changed
        Called with this object from another thread, when the engine is loaded and when a process
        that had loaded has ended by itself.
    """

    def __init__(
        self,
        control: socket.socket,
        folder: Path,
        process: Process | None,
        changed: Callable[[Zygote], None],
    ) -> None:
        self._control, self._folder, self._process = control, folder, process
        self._call = changed
        self._exits: dict[int, Notice] = {}
        self._changed = threading.Condition()
        self._ready = self._closed = False
        self._problem: Problem | None = None
        self.alive = True
        threading.Thread(target=self._listen, daemon=True).start()

    @classmethod
    def spawn(
        cls,
        changed: Callable[[Zygote], None] = lambda zygote: None,
        *,
        preload: bool = False,
        unsafe: bool = False,
    ) -> Zygote:
        """Start a process that loads the engine.

        Parameters
        ----------
        preload
            Whether it loads all of it.
        unsafe
            Whether its jobs run programs although the kernel denies a layer that they need.
        """
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        folder = _folder()
        command = [
            sys.executable,
            "-P",  # a file in the working directory may be named like a module of ours
            "-m",
            "viz.service.engine.zygote",
            str(theirs.fileno()),
            str(folder),
        ]
        with theirs:
            process = subprocess.Popen(
                [*command, *(["--preload"] if preload else [])],
                pass_fds=[theirs.fileno()],
                env=environment(unsafe),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if os.environ.get("TIRSCOPE_DEBUG") else subprocess.DEVNULL,
                start_new_session=True,
            )
        return cls(control, folder, process, changed)

    def twin(self) -> Zygote:
        """Return a fork of this zygote, which must be ready.

        Raises
        ------
        OSError
            When this one is gone.
        """
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        folder = _folder()
        with theirs:
            try:
                order = Order(twin=str(folder))
                socket.send_fds(self._control, [encode(order)], [theirs.fileno()])
            except OSError:
                control.close()
                shutil.rmtree(folder, ignore_errors=True)
                raise
        return Zygote(control, folder, None, self._call)

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
                self._call(self)
            if not message:
                self._sweep()
                return

    def _note(self, notice: Notice) -> bool:
        """Take note; return whether it says that the engine is loaded."""
        if notice.ready:
            if self._process is None:
                self._process = _held(notice.process)
            self._ready = self._process is not None
            return self._ready
        if notice.problem is not None:
            self._problem = notice.problem
        else:
            self._exits[notice.job] = notice
            while len(self._exits) > MOST_EXITS:  # nobody asks how a job ended that went well
                del self._exits[next(iter(self._exits))]
        return False

    @property
    def ready(self) -> bool:
        """Whether it has loaded the engine and takes jobs."""
        return self._ready and self.alive

    @property
    def pid(self) -> int:
        """The number of its process; 0 for a twin that has not said it yet."""
        return self._process.pid if self._process is not None else 0

    def wait_until_ready(self, seconds: float) -> bool:
        """Wait so long for the engine to load; return whether it has.

        Raises
        ------
        EngineError
            When TVM is missing or of another generation.
        EndedLoadingError
            When the process ended without a reason.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._ready or self._problem is not None or not self.alive, seconds
            )
            if self._problem is not None:
                raise error_of(self._problem)
            if not self.alive and not self._ready:
                raise EndedLoadingError(
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
        if self._process is not None:
            try:
                self._process.wait(CLOSING_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._sweep()

    def _sweep(self) -> None:
        """Remove what a process that ended suddenly left: a compiler at work, its folder."""
        if self._process is not None:
            for pid in _session(self._process.pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass  # it ended by itself just now
        shutil.rmtree(self._folder, ignore_errors=True)


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="tirscope-"))


def _held(pid: int) -> Process | None:
    try:
        return Stranger(pid)
    except OSError:
        return None  # it has ended already, or this kernel has no such descriptors


def _session(leader: int) -> Iterator[int]:
    """Yield the processes of a session but its leader; no jailed process can leave it."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[3]) == leader and int(stat.parent.name) != leader:
            yield int(stat.parent.name)


PASSED_ON = tuple(
    """
    PATH HOME LANG LANGUAGE LC_* TZ TMPDIR TEMP TMP XDG_CACHE_HOME PYTHON* VIRTUAL_ENV LD_* DYLD_*
    TVM_* TIRSCOPE_* CC CXX CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH CUDA_* NVIDIA_*
    OMP_* OPENBLAS_* GLIBC_TUNABLES SYSTEMROOT WINDIR COMSPEC PATHEXT USERPROFILE APPDATA
    LOCALAPPDATA NUMBER_OF_PROCESSORS PROCESSOR_*
    """.split()
)
"""The variables that the engine's processes get. Others may be secrets of the server's owner, and
what a program or its reference can see it can put into an answer."""


def environment(unsafe: bool = False) -> dict[str, str]:
    """Return the variables for a process that imports this checkout and forks."""
    root = str(Path(__file__).resolve().parents[3])
    passed_on = {
        name: value
        for name, value in os.environ.items()
        if any(fnmatchcase(name, pattern) for pattern in PASSED_ON)
    }
    return passed_on | {
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")])),
        # More threads than ours would make forking unsafe.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        **({UNJAILED: "1"} if unsafe else {}),
    }

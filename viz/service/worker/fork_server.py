"""Fork one child for each job and kill it when told or late: the loop of a loaded fork server.

The deadline is the second guard: the caller orders the kill in time (``worker_stream.py``), and the
fork server kills by itself a little later. It reads nothing that a user wrote, nor anything that a
child sends.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import socket
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import msgspec

from viz.errors import VizError
from viz.model import encode
from viz.model.problem import problem_of
from viz.service.sandbox import identity
from viz.service.sandbox.kernel import prctl
from viz.service.wire import Notice, Order
from viz.service.worker.jailed_child import (
    COMPILE,
    KERNELS,
    REFERENCE,
    ForkContext,
    answer,
    close_all_but,
    run_delegated,
    wait_in_reserve,
)

DELEGATED = {
    "run-library": (COMPILE, REFERENCE, KERNELS),
    "gpu": (COMPILE, REFERENCE, KERNELS),
    "run-remote": (COMPILE, REFERENCE, KERNELS),
}
"""The tasks that the processes of a profile may delegate; each is done by a process of its own."""

SET_CHILD_SUBREAPER = 36
"""Option of ``prctl``: orphaned descendants become children of this process."""

WRITING = (COMPILE, KERNELS)
"""The tasks whose processes write files, into a folder of their own."""

PREFORKED = "view"
"""The profile of standby workers, which are forked before their jobs come: the most frequent."""


@dataclass
class ChildProcess:
    """A job's process, its deadline by ``time.monotonic()``, and the processes of its tasks.

    ``channels`` are this end's files, each of which waits for the first byte of a delegated task.
    """

    number: int
    pid: int
    deadline: float
    late: bool = False
    channels: dict[int, str] = field(default_factory=dict)
    helpers: set[int] = field(default_factory=set)
    folders: list[Path] = field(default_factory=list)


class ForkServer:
    """Forks children on orders from the control socket and kills them at their deadlines."""

    def __init__(self, control: socket.socket, folder: Path, context: ForkContext) -> None:
        self._control, self._folder, self._context = control, folder, context
        self._jobs: dict[int, ChildProcess] = {}
        """By process number."""
        self._standbys: dict[int, socket.socket] = {}
        """By process number, where each standby worker waits for the stream of its job."""
        self._forked_ahead = 0
        self._most_standbys = 0
        """As many as there were jobs at the same time, up to the number of processors."""
        self._processors = len(os.sched_getaffinity(0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._woken, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._woken, selectors.EVENT_READ)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def serve(self) -> None:
        """Fork and reap children until the control socket closes."""
        self._control.send(encode(Notice(ready=True, process=os.getpid())))
        while True:
            # Not beside a job, which it would slow down.
            prefork = len(self._standbys) < self._most_standbys and not self._jobs
            events = self._selector.select(0 if prefork else self._wait())
            if prefork and not events:
                self._fork_standby()
            for key, _ in events:
                if key.fileobj is self._control:
                    if not self._obey():
                        self._close()
                        return
                elif key.fileobj == self._woken:
                    os.read(self._woken, 4096)
                elif isinstance(key.data, ChildProcess):
                    self._fork_delegated(key.data, key.fd)
            self._end_late()
            self._reap()

    def _wait(self) -> float | None:
        """Return the seconds until the next deadline; None when there is no child."""
        waiting = [job.deadline for job in self._jobs.values() if not job.late]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else None

    def _obey(self) -> bool:
        """Carry out the next order; return whether the other end is still there."""
        try:
            message, streams, _, _ = socket.recv_fds(self._control, 4096, 2)
        except ConnectionResetError:
            return False
        if not message:
            return False
        order = msgspec.json.decode(message, type=Order)
        if order.kill:
            for job in self._jobs.values():
                if job.number == order.job:
                    self._kill(job)
        elif streams and order.replica:
            self._fork_replica(Path(order.replica), streams[0])
        elif streams:
            self._fork(order, *streams)
        return True

    def _fork_replica(self, folder: Path, control: int) -> None:
        """Fork another fork server, which has loaded the same and has none of the jobs."""
        if os.fork() == 0:
            self._reset_signals()
            _serve_replica(control, folder, self._context)
        os.close(control)

    def _fork_standby(self) -> None:
        """Fork a worker before its job comes."""
        server_end, worker_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._forked_ahead += 1
        pid = os.fork()
        if pid == 0:
            self._reset_signals()
            wait_in_reserve(PREFORKED, -self._forked_ahead, worker_end.detach(), self._context)
        _set_group(pid)
        worker_end.close()
        self._standbys[pid] = server_end

    def _hand_over(self, order: Order, stream: int) -> bool:
        """Give a job to a standby worker; return whether there is one."""
        if order.profile != PREFORKED:
            return False
        at_once = min(len(self._jobs) + 1, self._processors)
        self._most_standbys = max(self._most_standbys, at_once)
        if not self._standbys:
            return False
        pid = next(iter(self._standbys))  # the oldest, which is the surest to be ready
        orders = self._standbys.pop(pid)
        with orders:
            try:
                socket.send_fds(orders, [b"!"], [stream])
            except OSError:
                return False  # it has been killed
        self._jobs[pid] = ChildProcess(order.job, pid, time.monotonic() + order.seconds)
        os.close(stream)
        return True

    def _fork(self, order: Order, stream: int, relay: int | None = None) -> None:
        if self._hand_over(order, stream):
            return
        pairs = {kind: socket.socketpair() for kind in DELEGATED.get(order.profile, ())}
        pid = os.fork()
        if pid == 0:
            self._reset_signals()
            channels = {kind: pair[1].detach() for kind, pair in pairs.items()}
            answer(order, stream, channels, self._context, relay)
        _set_group(pid)
        os.close(stream)
        if relay is not None:
            os.close(relay)
        job = ChildProcess(order.job, pid, time.monotonic() + order.seconds)
        self._jobs[pid] = job
        for kind, (server_end, worker_end) in pairs.items():
            worker_end.close()
            job.channels[server_end.fileno()] = kind
            self._selector.register(server_end.detach(), selectors.EVENT_READ, job)

    def _fork_delegated(self, job: ChildProcess, channel: int) -> None:
        """Fork the process for a delegated task, whose channel can be read or was closed."""
        self._selector.unregister(channel)
        kind = job.channels.pop(channel)
        if _has_data(channel) and job.pid in self._jobs and not job.late:
            folder = self._folder_of(job, kind) if kind in WRITING else None
            pid = os.fork()
            if pid == 0:
                self._reset_signals()
                run_delegated(kind, channel, job.number, str(folder or ""), self._context)
            _set_group(pid)
            job.helpers.add(pid)
        os.close(channel)

    def _folder_of(self, job: ChildProcess, kind: str) -> Path:
        """Make the folder that the process of a job's task may write to."""
        folder = self._folder / f"{job.number}-{kind}"
        folder.mkdir(mode=0o700)
        job.folders.append(folder)
        if os.geteuid() == 0 and kind not in self._context.as_owner:
            for user in (identity.NOBODY, identity.user_of(job.number)):
                try:
                    os.chown(folder, user, user)
                except OSError:
                    pass  # a container may not know this user
        return folder

    def _reset_signals(self) -> None:
        """Undo the signal handling of the fork server in a child."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    def _end_late(self) -> None:
        now = time.monotonic()
        for job in self._jobs.values():
            if job.deadline <= now and not job.late:
                job.late = True
                self._kill(job)

    def _kill(self, job: ChildProcess) -> None:
        for pid in (job.pid, *job.helpers):
            _kill_group(pid)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            job = self._jobs.pop(pid, None)
            if job is not None:
                self._report_end(job, status)
            elif pid in self._standbys:
                self._standbys.pop(pid).close()
                self._most_standbys = 0
            for other in self._jobs.values():
                if pid in other.helpers:
                    other.helpers.remove(pid)
                    _kill_group(pid)  # its compiler

    def _report_end(self, job: ChildProcess, status: int) -> None:
        """Send the notice of a job's end, kill its other processes and remove its files."""
        notice = Notice(job=job.number, status=status, late=job.late)
        self._kill(job)
        for channel in job.channels:
            self._selector.unregister(channel)
            os.close(channel)
        job.channels.clear()
        for folder in job.folders:
            shutil.rmtree(folder, ignore_errors=True)
        try:
            self._control.send(encode(notice))
        except OSError:
            pass  # the other end is gone; the next read of the control socket says so

    def _close(self) -> None:
        for job in self._jobs.values():
            self._kill(job)
        for pid in self._standbys:
            _kill_group(pid)


def main(descriptor: str, folder: str, *options: str, load: Callable[..., ForkContext]) -> None:
    """Load an engine, send a notice, and fork children until the other end closes.

    Parameters
    ----------
    options
        ``--preload`` to load TVM's tensor intrinsics, too.
    load
        Loads the engine, with ``preload`` as its argument; raises a VizError when it cannot.
    """
    control = socket.socket(fileno=int(descriptor))
    try:
        context = load(preload="--preload" in options)
    except VizError as error:
        control.send(encode(Notice(problem=problem_of(error))))
        return
    serve(control, Path(folder), context)


def serve(control: socket.socket, folder: Path, context: ForkContext) -> None:
    """Run a fork server until the other end of its control socket closes."""
    try:
        # Then this process reaps what a killed compiler had started, whatever process 1 does.
        with suppress(OSError):
            prctl(SET_CHILD_SUBREAPER, 1)
        # Other users may enter the folders within, and not list them.
        folder.chmod(0o711)
        ForkServer(control, folder, context).serve()
    except (BrokenPipeError, ConnectionResetError, FileNotFoundError):
        pass  # the other end went away meanwhile
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve_replica(control: int, folder: Path, context: ForkContext) -> NoReturn:
    """Run a fork server in a fork of another one."""
    try:
        os.setsid()  # the first one's session is killed when it ends
        close_all_but((0, 1, 2, control))
        serve(socket.socket(fileno=control), folder, context._replace(parent=os.getpid()))
    except BaseException:
        traceback.print_exc()  # shown with TIRSCOPE_DEBUG=1; the other end reads end of file
    finally:
        os._exit(0)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # it has just ended by itself


def _set_group(pid: int) -> None:
    """Give a child its own process group, so that all it starts is killed with it."""
    try:
        os.setpgid(pid, pid)
    except OSError:
        pass  # the child was faster, or is gone already


def _has_data(channel: int) -> bool:
    with socket.socket(fileno=os.dup(channel)) as copy:
        try:
            return bool(copy.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

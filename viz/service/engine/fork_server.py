"""Forks one child for each job and ends it in time: what a zygote does once it has loaded.

It reads nothing that a user wrote, nor anything that a child did.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import socket
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import msgspec

from viz.model import encode
from viz.service.engine.jailed_child import (
    COMPILE,
    REFERENCE,
    World,
    answer,
    close_all_but,
    run_errand,
    stand_by,
)
from viz.service.sandbox import identity
from viz.service.sandbox.kernel import prctl
from viz.service.wire import Notice, Order

ERRANDS = {"run-library": (COMPILE, REFERENCE), "gpu": (COMPILE, REFERENCE)}
"""Which errands the processes of a profile may ask for; one process each."""

SET_CHILD_SUBREAPER = 36
"""Of ``prctl``: processes below whose parents have died become children of this one."""

SPARED = "view"
"""The profile of which a process stands by, once one was asked for: the one that is asked most."""


@dataclass
class Job:
    """A job's process, the end of its time, and what it had started for it.

    ``channels`` are this end's files, each of which waits for the first word of an errand.
    """

    number: int
    pid: int
    deadline: float
    late: bool = False
    channels: dict[int, str] = field(default_factory=dict)
    helpers: set[int] = field(default_factory=set)
    folder: Path | None = None


class Nursery:
    """Forks children on orders from the other end, kills them when their time is up."""

    def __init__(self, control: socket.socket, folder: Path, world: World) -> None:
        self._control, self._folder, self._world = control, folder, world
        self._jobs: dict[int, Job] = {}
        """By process number."""
        self._spare: tuple[int, socket.socket] | None = None
        """The process that stands by, and where it waits for the stream of its job."""
        self._spares = 0
        self._wants_spare = False
        # While all of them have work, what makes one faster makes the others slower.
        self._processors = len(os.sched_getaffinity(0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._woken, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._woken, selectors.EVENT_READ)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def serve(self) -> None:
        """Work until the other end closes."""
        self._control.send(encode(Notice(ready=True, process=os.getpid())))
        while True:
            wants_spare = (
                self._wants_spare and self._spare is None and len(self._jobs) < self._processors
            )
            events = self._selector.select(0 if wants_spare else self._wait())
            if wants_spare and not events:
                self._breed()
            for key, _ in events:
                if key.fileobj is self._control:
                    if not self._obey():
                        self._close()
                        return
                elif key.fileobj == self._woken:
                    os.read(self._woken, 4096)
                elif isinstance(key.data, Job):
                    self._run_errand(key.data, key.fd)
            self._end_late()
            self._reap()

    def _wait(self) -> float | None:
        """Return the seconds until a child's time is up."""
        waiting = [job.deadline for job in self._jobs.values() if not job.late]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else None

    def _obey(self) -> bool:
        """Do what the next message says; return whether the other end is there still."""
        try:
            message, streams, _, _ = socket.recv_fds(self._control, 4096, 1)
        except ConnectionResetError:
            return False
        if not message:
            return False
        order = msgspec.json.decode(message, type=Order)
        if order.kill:
            for job in self._jobs.values():
                if job.number == order.job:
                    self._kill(job)
        elif streams and order.twin:
            self._divide(Path(order.twin), streams[0])
        elif streams:
            self._fork(order, streams[0])
        return True

    def _divide(self, folder: Path, control: int) -> None:
        """Fork another zygote, which knows what this one does and none of its jobs."""
        if os.fork() == 0:
            self._forget()
            _serve_apart(control, folder, self._world)
        os.close(control)

    def _breed(self) -> None:
        """Fork a process that stands by."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._spares += 1
        pid = os.fork()
        if pid == 0:
            self._forget()
            stand_by(SPARED, -self._spares, theirs.detach(), self._world)
        _lead(pid)
        theirs.close()
        self._spare = pid, ours

    def _hand_over(self, order: Order, stream: int) -> bool:
        """Give a job to the process that stands by; return whether there is one."""
        if order.profile != SPARED:
            return False
        self._wants_spare = True
        if self._spare is None:
            return False
        (pid, orders), self._spare = self._spare, None
        with orders:
            try:
                socket.send_fds(orders, [b"!"], [stream])
            except OSError:
                return False  # something ended it
        self._jobs[pid] = Job(order.job, pid, time.monotonic() + order.seconds)
        os.close(stream)
        return True

    def _fork(self, order: Order, stream: int) -> None:
        if self._hand_over(order, stream):
            return
        pairs = {kind: socket.socketpair() for kind in ERRANDS.get(order.profile, ())}
        pid = os.fork()
        if pid == 0:
            self._forget()
            theirs = {kind: pair[1].detach() for kind, pair in pairs.items()}
            answer(order, stream, theirs, self._world)
        _lead(pid)
        os.close(stream)
        job = Job(order.job, pid, time.monotonic() + order.seconds)
        self._jobs[pid] = job
        for kind, (ours, theirs_end) in pairs.items():
            theirs_end.close()
            job.channels[ours.fileno()] = kind
            self._selector.register(ours.detach(), selectors.EVENT_READ, job)

    def _run_errand(self, job: Job, channel: int) -> None:
        """Fork the process for an errand: its channel has something to read, or was closed."""
        self._selector.unregister(channel)
        kind = job.channels.pop(channel)
        if _has_word(channel) and job.pid in self._jobs and not job.late:
            folder = self._folder_of(job) if kind == COMPILE else None
            pid = os.fork()
            if pid == 0:
                self._forget()
                run_errand(kind, channel, job.number, str(folder or ""), self._world)
            _lead(pid)
            job.helpers.add(pid)
        os.close(channel)

    def _folder_of(self, job: Job) -> Path:
        """Make the folder that a job's compiler may write to."""
        job.folder = self._folder / str(job.number)
        job.folder.mkdir(mode=0o700)
        if os.geteuid() == 0 and COMPILE not in self._world.as_owner:
            for user in (identity.NOBODY, identity.user_of(job.number)):
                try:
                    os.chown(job.folder, user, user)
                except OSError:
                    pass  # a container may not know this user
        return job.folder

    def _forget(self) -> None:
        """Leave what a child has of the zygote's affairs."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    def _end_late(self) -> None:
        now = time.monotonic()
        for job in self._jobs.values():
            if job.deadline <= now and not job.late:
                job.late = True
                self._kill(job)

    def _kill(self, job: Job) -> None:
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
                self._bury(job, status)
            elif self._spare is not None and self._spare[0] == pid:
                self._spare[1].close()
                self._spare, self._wants_spare = None, False
            for other in self._jobs.values():
                if pid in other.helpers:
                    other.helpers.remove(pid)
                    _kill_group(pid)  # its compiler

    def _bury(self, job: Job, status: int) -> None:
        """Tell of the end of a job and remove what it leaves."""
        notice = Notice(job=job.number, status=status, late=job.late)
        self._kill(job)
        for channel in job.channels:
            self._selector.unregister(channel)
            os.close(channel)
        job.channels.clear()
        if job.folder is not None:
            shutil.rmtree(job.folder, ignore_errors=True)
        try:
            self._control.send(encode(notice))
        except OSError:
            pass  # the other end is gone, which the next look at it says

    def _close(self) -> None:
        for job in self._jobs.values():
            self._kill(job)
        if self._spare is not None:
            _kill_group(self._spare[0])


def serve(control: socket.socket, folder: Path, world: World) -> None:
    """Be a zygote until the other end of its control socket closes."""
    try:
        # What a killed compiler had started is then ours to bury, whatever process 1 does.
        with suppress(OSError):
            prctl(SET_CHILD_SUBREAPER, 1)
        # Others may pass through it to the folders within, and not see what there is.
        folder.chmod(0o711)
        Nursery(control, folder, world).serve()
    except (BrokenPipeError, ConnectionResetError, FileNotFoundError):
        pass  # the other end went away meanwhile
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve_apart(control: int, folder: Path, world: World) -> NoReturn:
    """Be a zygote in a fork of another one."""
    try:
        os.setsid()  # what is left of the other's session is killed when the other ends
        close_all_but((0, 1, 2, control))
        serve(socket.socket(fileno=control), folder, world._replace(parent=os.getpid()))
    except BaseException:
        traceback.print_exc()  # seen with TIRSCOPE_DEBUG=1; the other end sees that it ended
    finally:
        os._exit(0)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # it ends by itself just now


def _lead(pid: int) -> None:
    """Give a child its own process group, so that all it starts dies with it."""
    try:
        os.setpgid(pid, pid)
    except OSError:
        pass  # the child was faster, or is gone already


def _has_word(channel: int) -> bool:
    with socket.socket(fileno=os.dup(channel)) as looked:
        try:
            return bool(looked.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

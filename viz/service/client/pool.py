"""The processes that answer, seen from outside: the engine, which keeps enough of them.

Two zygotes may serve: one that starts in a second or two, and one that has loaded everything,
TVM's tensor intrinsics included, which takes many seconds. Whichever is better serves. A server
has a twin of each standing by, which takes over at once when one dies.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Protocol

from viz import errors
from viz.service.client import spawn, zygote_client
from viz.service.client.cache import Cache
from viz.service.wire import Notice, Order

LOADING_SECONDS = 60.0
"""How long a process may take to load the engine."""

PRELOADING_SECONDS = 240.0
"""And to load all of it, on a machine that has other things to do."""


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

    def twin(self) -> Host | None:
        """Return another that stands by and costs next to nothing; None where there is no such.

        Raises
        ------
        OSError
            When this one is gone.
        """

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


class Engine:
    """Where jobs run. It starts its processes when first asked and again whenever one died.

    With ``warm``, as a server wants it, both zygotes are always there, each with a twin: the
    second loads TVM's tensor intrinsics in the background, once the first is ready, and serves
    when it is ready itself. Otherwise the second starts when a job needs it.

    Parameters
    ----------
    local
        Whether all who ask sit at this machine. Where the jail is that of Linux it changes nothing;
        elsewhere only then programs run.
    unsafe
        Whether programs run although the kernel denies a layer of the jail that they need.

    Attributes
    ----------
    restarts
        How often a zygote was replaced that had died.
    """

    def __init__(self, *, warm: bool = False, local: bool = False, unsafe: bool = False) -> None:
        self._warm, self._local, self._unsafe = warm, local, unsafe
        self._closed = False
        self._lock = threading.Lock()
        self._hosts: dict[bool, Host] = {}
        self._twins: dict[bool, Host] = {}
        """Both by whether they have loaded everything."""
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
            full = any(each.ready for each in self._loaded())
            host = self._started(preloaded or full)
            if self._warm:
                self._tend()
            return host, self._jobs

    def _loaded(self) -> Iterator[Host]:
        """Yield those that have loaded everything, or will."""
        for hosts in (self._hosts, self._twins):
            if True in hosts:
                yield hosts[True]

    def _started(self, preload: bool) -> Host:
        host = self._hosts.get(preload)
        if host is None or not host.alive:
            if host is not None:
                self.restarts += 1
                host.close()
            twin = self._twins.pop(preload, None)
            if twin is not None and not twin.ready:
                twin.close()
                twin = None
            host = self._hosts[preload] = twin or self._new(preload)
        return host

    def _new(self, preload: bool) -> Host:
        if spawn.is_needed():
            return spawn.Forkless(zygote_client.environment(self._unsafe), local=self._local)
        return zygote_client.Zygote.spawn(self._noticed, preload=preload, unsafe=self._unsafe)

    def _noticed(self, host: Host) -> None:
        """Start again what has died, before somebody needs it, and give a twin to what is new."""
        with self._lock:
            # A twin that died is not replaced at once: whatever ends it may end the next.
            if self._warm and not self._closed and host in self._hosts.values():
                self._tend()

    def _tend(self) -> None:
        # One after the other: the first answer is not to wait for two that load at once.
        if self._started(False).ready:
            self._started(True)
        for preload, host in self._hosts.items():
            twin = self._twins.get(preload)
            if twin is not None and not twin.alive:
                twin.close()
                twin = None
            if twin is None and host.ready and (found := _twin(host)) is not None:
                self._twins[preload] = found

    def trust(self) -> None:
        """From now on run programs although the kernel denies a layer that they need."""
        with self._lock:
            if not self._unsafe:
                self._unsafe = True
                self._end()

    def start(self) -> None:
        """Begin loading now, so that the first request need not wait."""
        self.lease()

    def close(self) -> None:
        """End every process."""
        with self._lock:
            self._closed = True
            self._end()

    def _end(self) -> None:
        for host in (*self._twins.values(), *self._hosts.values()):
            host.close()
        self._twins.clear()
        self._hosts.clear()


def _twin(host: Host) -> Host | None:
    try:
        return host.twin()
    except OSError:
        return None  # it has just died, which somebody will notice

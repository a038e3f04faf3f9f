"""Keep the fork servers that start worker processes: start them, replace them, lease them.

There may be two of an engine: one that loads in a second or two, and one that has loaded TVM's
tensor intrinsics as well, which takes many seconds. The second serves as soon as it is ready. A web
server keeps a replica of each in reserve, which takes over at once when one dies. The engine of
2024 is started when it is first asked.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from viz import errors
from viz.messages import message_of
from viz.model import EngineName
from viz.service.client import engines, one_shot_client
from viz.service.client.cache import Cache
from viz.service.client.child_environment import environment
from viz.service.client.fork_server_client import ForkServerClient
from viz.service.wire import Notice, Order

LOADING_SECONDS = 60.0
"""How long a fork server may take to load the engine."""

PRELOADING_SECONDS = 240.0
"""How long it may take with TVM's tensor intrinsics, on a busy machine."""


class Host(Protocol):
    """Starts worker processes: a fork server, or one process a job where there can be none."""

    alive: bool
    """Whether it has not ended."""

    @property
    def pid(self) -> int:
        """The number of the process that starts them."""

    @property
    def ready(self) -> bool:
        """Whether it has loaded the engine and can start workers."""

    def replica(self) -> Host | None:
        """Return a fork of it to keep in reserve; None where there can be none.

        Raises
        ------
        OSError
            When this one is gone.
        """

    def wait_until_ready(self, seconds: float) -> bool:
        """Wait at most so many seconds for the engine to load; return whether it has."""

    def start(self, order: Order, relay: socket.socket | None = None) -> socket.socket:
        """Start a worker process and return the stream to it.

        Parameters
        ----------
        relay
            The end of a relay that the worker is to have, see
            :mod:`viz.service.client.rpc_relay`.
        """

    def kill(self, job: int) -> None:
        """Kill a job's process and those that it started."""

    def exit(self, job: int, seconds: float = 2.0) -> Notice | None:
        """Wait for a job's process to end and return how; None after so many seconds."""

    def close(self) -> None:
        """End the process and all its jobs."""


class HostKey(NamedTuple):
    """Which fork server: of which engine, and whether it loads the tensor intrinsics."""

    engine: EngineName
    preload: bool


class Engine:
    """The fork servers of one caller, started on first use and again whenever one died.

    Parameters
    ----------
    warm
        Keep both fork servers running, each with a replica, as a web server wants: the second
        loads TVM's tensor intrinsics in the background once the first is ready. Otherwise the
        second starts when a request needs it.
    local
        Whether all users sit at this machine. It matters only where the jail is not that of Linux:
        there programs run for local users only.
    unsafe
        Whether programs run although the kernel denies a layer of the jail that they need.

    Attributes
    ----------
    restarts
        How many fork servers were replaced that had died.
    """

    def __init__(self, *, warm: bool = False, local: bool = False, unsafe: bool = False) -> None:
        self._warm, self._local, self._unsafe = warm, local, unsafe
        self._closed = False
        self._lock = threading.Lock()
        self._hosts: dict[HostKey, Host] = {}
        self._replicas: dict[HostKey, Host] = {}
        self._jobs = 0
        self.restarts = 0
        self.cache = Cache()

    def lease(self, engine: EngineName = "", *, preloaded: bool = False) -> tuple[Host, int]:
        """Return the host to use, which may still be loading, and a new job number.

        Raises
        ------
        EngineError
            When the engine is closed, or there is none of that name.
        """
        engine = engines.chosen(engine)
        with self._lock:
            if self._closed:
                raise errors.EngineError(message_of("engine-stopped"))
            self._jobs += 1
            any_preloaded = any(host.ready for host in self._preloaded(engine))
            host = self._started(HostKey(engine, preloaded or any_preloaded))
            if self._warm:
                self._keep_warm()
            return host, self._jobs

    def _preloaded(self, engine: EngineName) -> Iterator[Host]:
        """Yield the hosts that have loaded the tensor intrinsics, or are loading them."""
        for hosts in (self._hosts, self._replicas):
            if host := hosts.get(HostKey(engine, True)):
                yield host

    def _started(self, key: HostKey) -> Host:
        host = self._hosts.get(key)
        if host is None or not host.alive:
            if host is not None:
                self.restarts += 1
                host.close()
            replica = self._replicas.pop(key, None)
            if replica is not None and not replica.ready:
                replica.close()
                replica = None
            host = self._hosts[key] = replica or self._new(key)
        return host

    def _new(self, key: HostKey) -> Host:
        engine = engines.process_of(key.engine)
        if one_shot_client.is_needed():
            variables = environment(self._unsafe, foreign=engine.foreign)
            return one_shot_client.OneShotHost(engine, variables, local=self._local)
        return ForkServerClient.spawn(
            self._on_change, engine, preload=key.preload, unsafe=self._unsafe
        )

    def _on_change(self, host: Host) -> None:
        """Replace a host that has died before a request needs it; fork a replica of a new one."""
        with self._lock:
            # A replica that died is not replaced at once: whatever ended it may end the next.
            if self._warm and not self._closed and host in self._hosts.values():
                self._keep_warm()

    def _keep_warm(self) -> None:
        # One after the other: the first answer must not wait for two that load at once.
        for engine in {key.engine for key in self._hosts}:
            ready = self._started(HostKey(engine, False)).ready
            if ready and engines.process_of(engine).preloads:
                self._started(HostKey(engine, True))
        for key, host in self._hosts.items():
            replica = self._replicas.get(key)
            if replica is not None and not replica.alive:
                replica.close()
                replica = None
            if replica is None and host.ready and (forked := _replica(host)) is not None:
                self._replicas[key] = forked

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
        for host in (*self._replicas.values(), *self._hosts.values()):
            host.close()
        self._replicas.clear()
        self._hosts.clear()


def _replica(host: Host) -> Host | None:
    try:
        return host.replica()
    except OSError:
        return None  # the host has just died; _on_change replaces it

"""Do work on the workers of a dask cluster: requests go there as bytes, frames come back.

Each worker has TIRscope installed and uses jailed processes of its own, as this machine would. Both
directions carry JSON in bytes: the scheduler and the workers never unpickle anything that a user
wrote or a program returned.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from viz.errors import EngineError
from viz.messages import message_of
from viz.model import Frame, Progress, Request
from viz.service.broker.cluster_worker import compute
from viz.service.broker.workers import Work

CONNECTING_SECONDS = 10.0
LOOK_SECONDS = 0.25
"""Seconds between checks whether the work was cancelled."""


class Cluster:
    """The workers behind a dask scheduler: :class:`viz.service.broker.workers.Workers`.

    Parameters
    ----------
    address
        Such as ``tcp://10.0.0.1:8786``.
    seconds
        How long one request may take on a worker.

    Raises
    ------
    EngineError
        When ``distributed`` is not installed, or no scheduler answers.
    """

    def __init__(self, address: str, seconds: float) -> None:
        self._address = address
        self._seconds = seconds
        self._lock = threading.Lock()
        self._client = _connected(address)

    def client(self) -> Any:
        """Return the connection; connect again where it was closed.

        Raises
        ------
        EngineError
            When no scheduler answers.
        """
        with self._lock:
            if self._client.status == "closed":
                self._client = _connected(self._address)
            return self._client

    @property
    def threads(self) -> int:
        """How many requests its workers can compute at the same time, at present."""
        threads: dict[str, int] = self._client.nthreads()
        return max(sum(threads.values()), 1)

    def begin(self, requests: Sequence[Request]) -> Work:
        """Return work for one worker of the cluster; it starts when its frames are read."""
        return _ClusterWork(self, requests, self._seconds)

    def start(self) -> None:
        """Do nothing: a cluster's workers start their engines on first use."""

    def close(self) -> None:
        """Close the connection to the scheduler; its workers go on."""
        self._client.close()

    @property
    def restarts(self) -> int:
        """0: each machine of a cluster counts the restarts of its own fork servers."""
        return 0


def _connected(address: str) -> Any:
    try:
        import distributed
    except ImportError as error:
        raise EngineError(message_of("cluster-needs-package")) from error
    try:
        return distributed.Client(address, timeout=CONNECTING_SECONDS)
    except (OSError, ValueError) as error:
        raise EngineError(message_of("no-scheduler", address=address)) from error


class _ClusterWork:
    def __init__(self, cluster: Cluster, requests: Sequence[Request], seconds: float) -> None:
        self._cluster = cluster
        self._requests = tuple(requests)
        self._seconds = seconds
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        self._cancelled.set()

    def frames(self, heartbeat: float | None = None) -> Iterator[Frame]:
        import distributed

        name = f"tirscope-unwanted-{secrets.token_hex(8)}"
        data = msgspec.json.encode(self._requests)
        client = self._cluster.client()
        future = client.submit(compute, data, self._seconds, name, pure=False)
        step = Progress(step=message_of("step-cluster"))
        yield step
        try:
            while not future.done():
                try:
                    future.result(timeout=heartbeat or LOOK_SECONDS)
                except distributed.TimeoutError:
                    if self._cancelled.is_set():
                        distributed.Event(name, client=client).set()
                        return
                    if heartbeat is not None:
                        yield step
            result = future.result()
        except _lost() as error:
            raise EngineError(message_of("cluster-lost-work")) from error
        except ImportError as error:
            raise EngineError(
                message_of("cluster-worker-lacks", module=error.name or message_of("a-module"))
            ) from error
        finally:
            future.release()
        yield from msgspec.json.decode(result, type=list[Frame])


def _lost() -> tuple[type[BaseException], ...]:
    """Return the exceptions raised when the scheduler, or every worker that tried, is gone."""
    import distributed

    return (OSError, distributed.CancelledError, distributed.KilledWorker)

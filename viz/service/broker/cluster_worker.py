"""Answer requests on a worker of a dask cluster: bytes in, bytes out."""

from __future__ import annotations

import atexit
from functools import cache

import msgspec

from viz.model import Frame, Request
from viz.service.client.submit import Engine, submit_all

CHECK_SECONDS = 0.5
"""Seconds between checks whether the answers are still wanted."""


@cache
def engine() -> Engine:
    """Return the engine of this worker, made on first use.

    It is not local: where this system has no jail, programs are shown and not run.
    """
    worker_engine = Engine()
    atexit.register(worker_engine.close)
    return worker_engine


def compute(data: bytes, seconds: float, unwanted: str) -> bytes:
    """Answer some requests in jailed processes of this machine.

    Parameters
    ----------
    data
        The requests, as a JSON list.
    seconds
        How long each request may take.
    unwanted
        The name of a :class:`distributed.Event` that is set when the work was cancelled.

    Returns
    -------
    bytes
        The frames, as a JSON list.

    Raises
    ------
    EngineError
        When this machine has no usable TVM.
    """
    import distributed

    requests = msgspec.json.decode(data, type=list[Request])
    submission = submit_all(requests, seconds=seconds, engine=engine())
    cancelled = distributed.Event(unwanted)
    frames: list[Frame] = []
    for frame in submission.frames(heartbeat=CHECK_SECONDS):
        if not frames or frame != frames[-1]:
            frames.append(frame)
        elif cancelled.is_set():
            submission.cancel()
    return msgspec.json.encode(frames)

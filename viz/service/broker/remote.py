"""What a cluster's worker does: requests come as bytes, frames leave as bytes."""

from __future__ import annotations

import atexit
from functools import cache

import msgspec

from viz.model import Frame, Request
from viz.service.client.client import Engine, submit_all

LOOK_SECONDS = 0.5
"""How often a worker asks whether its answers are still wanted."""


@cache
def engine() -> Engine:
    """Return the engine of this worker, made when first asked for.

    Its programs are strangers': where this system has no jail they are shown and not run.
    """
    made = Engine()
    atexit.register(made.close)
    return made


def compute(data: bytes, seconds: float, unwanted: str) -> bytes:
    """Answer some requests in jailed processes of this machine.

    Parameters
    ----------
    data
        The requests: a JSON list.
    seconds
        How long one of them may take.
    unwanted
        The name of a :class:`distributed.Event` that is set when nobody wants the answers any more.

    Returns
    -------
    bytes
        Their frames: a JSON list.

    Raises
    ------
    EngineError
        When this machine has no usable TVM.
    """
    import distributed

    requests = msgspec.json.decode(data, type=list[Request])
    work = submit_all(requests, seconds=seconds, engine=engine())
    given_up = distributed.Event(unwanted)
    frames: list[Frame] = []
    for frame in work.frames(heartbeat=LOOK_SECONDS):
        if not frames or frame != frames[-1]:
            frames.append(frame)
        elif given_up.is_set():
            work.cancel()
    return msgspec.json.encode(frames)

"""A process that answers one job and ends, for systems without zygotes (:mod:`viz.forkless`).

It reads its requests from standard input and writes its frames to standard output.
"""

from __future__ import annotations

import os
import sys

import msgspec

from viz import jail
from viz.engine.generation import require
from viz.errors import EngineError, VizError
from viz.jail import limits
from viz.model import End
from viz.protocol import Batch, problem_of, receive, send


def main(profile: str, local: str) -> None:
    """Answer what is asked on standard input."""
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (0, 1):
            msvcrt.setmode(descriptor, os.O_BINARY)
    # What is printed must not come between the frames.
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    batch = msgspec.json.decode(receive(0), type=Batch)
    try:
        require()
        from viz.engine import child, environment
    except (VizError, ImportError, OSError) as error:
        failure = (
            error if isinstance(error, VizError) else EngineError(f"TVM cannot be loaded: {error}")
        )
        for index in batch.indices:
            send(answers, End(status="failed", problem=problem_of(failure), index=index))
        return
    row = jail.PROFILES[profile]
    layers = layers_of(row)
    environment.PROBE.set(lambda: layers)
    missing = () if local == "1" else jail.lacking(row, layers)
    child.converse(batch, answers, child.Ready(row, missing, child.Imports()))


def layers_of(profile: jail.Profile) -> tuple[jail.Layer, ...]:
    """Set the limits that this system has and return the state of each layer."""
    absent = "this system starts each worker anew, without"
    held = jail.tried("limits", lambda: limits.restrict(profile))
    others = (jail.Layer(name, False, absent) for name in jail.TITLES if name != "limits")
    return (held, *others)


if __name__ == "__main__":
    main(*sys.argv[1:])

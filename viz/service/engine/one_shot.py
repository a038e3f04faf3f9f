"""A process that answers one job and ends, for systems without zygotes.

It reads its requests from standard input and writes its frames to standard output.
"""

from __future__ import annotations

import os
import sys

import msgspec

from viz.model import End
from viz.model.problem import problem_of
from viz.service import sandbox
from viz.service.engine.parts import NOT_LOADED, no_engine, usable
from viz.service.sandbox import limits
from viz.service.wire import Batch, receive, send


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
        parts = usable()
        from viz.service.engine import environment, jailed_child
    except NOT_LOADED as error:
        problem = problem_of(no_engine(error))
        for index in batch.indices:
            send(answers, End(status="failed", problem=problem, index=index))
        return
    row = sandbox.PROFILES[profile]
    layers = layers_of(row)
    environment.PROBE.set(lambda: layers)
    missing = () if local == "1" else sandbox.lacking(row, layers)
    ready = jailed_child.Ready(row, missing, jailed_child.Imports(), parts=parts)
    jailed_child.converse(batch, answers, ready)


def layers_of(profile: sandbox.Profile) -> tuple[sandbox.Layer, ...]:
    """Set the limits that this system has and return the state of each layer."""
    absent = "this system starts each worker anew, without"
    held = sandbox.tried("limits", lambda: limits.restrict(profile))
    others = (sandbox.Layer(name, False, absent) for name in sandbox.TITLES if name != "limits")
    return (held, *others)


if __name__ == "__main__":
    main(*sys.argv[1:])

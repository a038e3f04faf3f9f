"""A process that answers one job and ends, for systems without zygotes.

It reads its requests from standard input and writes its frames to standard output.
"""

from __future__ import annotations

import os
import sys

import msgspec

from viz.errors import EngineError, VizError
from viz.ir.tvm_version import require
from viz.model import End
from viz.model.problem import problem_of
from viz.service import sandbox
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
        require()
        from viz.ir.process_state import own_process
        from viz.service.engine import environment, jailed_child
    except (VizError, ImportError, OSError) as error:
        failure = (
            error if isinstance(error, VizError) else EngineError(f"TVM cannot be loaded: {error}")
        )
        for index in batch.indices:
            send(answers, End(status="failed", problem=problem_of(failure), index=index))
        return
    own_process()
    row = sandbox.PROFILES[profile]
    layers = layers_of(row)
    environment.PROBE.set(lambda: layers)
    missing = () if local == "1" else sandbox.lacking(row, layers)
    jailed_child.converse(batch, answers, jailed_child.Ready(row, missing, jailed_child.Imports()))


def layers_of(profile: sandbox.Profile) -> tuple[sandbox.Layer, ...]:
    """Set the limits that this system has and return the state of each layer."""
    absent = "this system starts each worker anew, without"
    held = sandbox.tried("limits", lambda: limits.restrict(profile))
    others = (sandbox.Layer(name, False, absent) for name in sandbox.TITLES if name != "limits")
    return (held, *others)


if __name__ == "__main__":
    main(*sys.argv[1:])

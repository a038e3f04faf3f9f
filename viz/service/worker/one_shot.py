"""Answer one assignment and end, in a process for systems without fork servers.

It reads its requests from standard input and writes its frames to standard output.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import msgspec

from viz.errors import VizError
from viz.messages import message_of
from viz.model import End
from viz.model.problem import problem_of
from viz.service import sandbox
from viz.service.sandbox import rlimits
from viz.service.wire import Assignment, receive, send
from viz.service.worker.jailed_child import IntrinsicImports, JailState, answer_all
from viz.service.worker.loaded_engine import PROBE, LoadedEngine


def main(profile: str, local: str, *, load: Callable[[], LoadedEngine]) -> None:
    """Answer the requests on standard input.

    Parameters
    ----------
    profile
        The row of :data:`viz.service.sandbox.PROFILES`.
    local
        ``1`` when all users sit at this machine: then programs run without the layers.
    load
        Loads the engine; raises a VizError when it cannot.
    """
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (0, 1):
            msvcrt.setmode(descriptor, os.O_BINARY)
    # What TVM or a program prints must not come between the frames.
    output = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    assignment = msgspec.json.decode(receive(0), type=Assignment)
    try:
        engine = load()
    except VizError as error:
        problem = problem_of(error)
        for index in assignment.indices:
            send(output, End(status="failed", problem=problem, index=index))
        return
    row = sandbox.PROFILES[profile]
    layers = layers_of(row)
    PROBE.set(lambda: layers)
    missing = () if local == "1" else sandbox.lacking(row, layers)
    state = JailState(row, missing, IntrinsicImports(engine.intrinsics), engine)
    answer_all(assignment, output, state)


def layers_of(profile: sandbox.Profile) -> tuple[sandbox.Layer, ...]:
    """Set the limits that this system has and return the state of each layer."""
    absent = message_of("layer-absent")
    limited = sandbox.tried("limits", lambda: rlimits.restrict(profile))
    others = (sandbox.Layer(name, False, absent) for name in sandbox.LAYERS if name != "limits")
    return (limited, *others)

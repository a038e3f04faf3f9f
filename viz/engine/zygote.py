"""A process that has imported TVM and forks one child for each job.

It is started by :mod:`viz.processes` with one end of a socket pair. Each message on it that carries
a file descriptor is a new job: the descriptor is a stream on which the child reads its requests and
writes its frames (:mod:`viz.engine.child`). A fork costs milliseconds where an import costs
seconds.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from viz.engine.generation import require
from viz.errors import EngineError, VizError
from viz.model import encode
from viz.protocol import Notice, problem_of


def main(descriptor: str, folder: str, *options: str) -> None:
    """Load the engine, say so, and fork children until the other end closes."""
    control = socket.socket(fileno=int(descriptor))
    try:
        require()
        from viz.engine.loading import load
        from viz.engine.nursery import serve

        world = load(preload="--preload" in options)
    except (VizError, ImportError, OSError) as error:
        failure = (
            error if isinstance(error, VizError) else EngineError(f"TVM cannot be loaded: {error}")
        )
        control.send(encode(Notice(problem=problem_of(failure))))
        return
    serve(control, Path(folder), world)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A process that has imported TVM and forks one child for each job.

It is started by :mod:`viz.service.client.pool` with one end of a socket pair. Each message on it
that carries a file descriptor is a new job: the descriptor is a stream on which the child reads its
requests and writes its frames (:mod:`viz.service.engine.jailed_child`). A fork costs milliseconds
where an import costs seconds.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from viz.errors import EngineError, VizError
from viz.ir.tvm_version import require
from viz.model import encode
from viz.model.problem import problem_of
from viz.service.wire import Notice


def main(descriptor: str, folder: str, *options: str) -> None:
    """Load the engine, say so, and fork children until the other end closes."""
    control = socket.socket(fileno=int(descriptor))
    try:
        require()
        from viz.ir.process_state import own_process
        from viz.service.engine.fork_server import serve
        from viz.service.engine.preload import load

        own_process()
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

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

from viz.model import encode
from viz.model.problem import problem_of
from viz.service.engine.parts import NOT_LOADED, no_engine, usable
from viz.service.wire import Notice


def main(descriptor: str, folder: str, *options: str) -> None:
    """Load the engine, say so, and fork children until the other end closes."""
    control = socket.socket(fileno=int(descriptor))
    try:
        usable()
        from viz.service.engine.fork_server import serve
        from viz.service.engine.preload import load

        world = load(preload="--preload" in options)
    except NOT_LOADED as error:
        control.send(encode(Notice(problem=problem_of(no_engine(error)))))
        return
    serve(control, Path(folder), world)


if __name__ == "__main__":
    main(*sys.argv[1:])

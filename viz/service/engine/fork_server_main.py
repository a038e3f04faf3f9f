"""Run the process that has imported TVM and forks one child for each job.

:mod:`viz.service.client.pool` starts it with one end of a socket pair. A message with a file
descriptor is a new job: the descriptor is the stream on which the child reads its requests and
writes its frames (:mod:`viz.service.engine.jailed_child`). A fork takes milliseconds where an
import takes seconds.
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
    """Load the engine, send a notice, and fork children until the other end closes."""
    control = socket.socket(fileno=int(descriptor))
    try:
        usable()
        from viz.ir.process_state import own_process
        from viz.service.engine.fork_server import serve
        from viz.service.engine.preload import load

        own_process()
        context = load(preload="--preload" in options)
    except NOT_LOADED as error:
        control.send(encode(Notice(problem=problem_of(no_engine(error)))))
        return
    serve(control, Path(folder), context)


if __name__ == "__main__":
    main(*sys.argv[1:])

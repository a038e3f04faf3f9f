"""A process that has imported TVM and forks one child for each job.

It is started by :mod:`viz.processes` with one end of a socket pair. Each message on it that carries
a file descriptor is a new job: the descriptor is a stream on which the child reads its requests and
writes its frames (:mod:`viz.engine.child`). A fork costs milliseconds where an import costs
seconds.
"""

from __future__ import annotations

import shutil
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
        from viz.engine.nursery import Nursery

        world = load(preload="--preload" in options)
    except (VizError, ImportError, OSError) as error:
        failure = (
            error if isinstance(error, VizError) else EngineError(f"TVM cannot be loaded: {error}")
        )
        control.send(encode(Notice(problem=problem_of(failure))))
        return
    try:
        # Others may pass through it to the folders within, and not see what there is.
        Path(folder).chmod(0o711)
        Nursery(control, Path(folder), world).serve()
    except (BrokenPipeError, ConnectionResetError, FileNotFoundError):
        pass  # the other end went away while this one was loading
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

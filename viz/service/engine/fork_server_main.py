"""Run the process that has imported TVM and forks one child for each job.

:mod:`viz.service.client.pool` starts it with one end of a socket pair. A message with a file
descriptor is a new job: the descriptor is the stream on which the child reads its requests and
writes its frames (:mod:`viz.service.worker.jailed_child`). A fork takes milliseconds where an
import takes seconds.
"""

from __future__ import annotations

import gc
import sys

from viz.service.engine.parts import NOT_LOADED, no_engine, usable
from viz.service.worker.fork_server import main
from viz.service.worker.jailed_child import ForkContext


def _load(*, preload: bool) -> ForkContext:
    gc.disable()  # what is loaded stays: looking for garbage in it takes a tenth of the time
    try:
        usable()
        from viz.ir.process_state import own_process
        from viz.service.engine.preload import load

        own_process()
        return load(preload=preload)
    except NOT_LOADED as error:
        raise no_engine(error) from error
    finally:
        gc.enable()


if __name__ == "__main__":
    main(*sys.argv[1:], load=_load)

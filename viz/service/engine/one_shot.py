"""Run a worker process that loads TVM, answers one assignment and ends."""

from __future__ import annotations

import sys

from viz.service.engine.parts import NOT_LOADED, no_engine, usable
from viz.service.worker import one_shot
from viz.service.worker.loaded_engine import LoadedEngine


def _load() -> LoadedEngine:
    try:
        parts = usable()
        from viz.ir.process_state import own_process
        from viz.service.engine.preload import loaded
    except NOT_LOADED as error:
        raise no_engine(error) from error
    own_process()
    return loaded(parts)


if __name__ == "__main__":
    one_shot.main(sys.argv[1], sys.argv[2], load=_load)

"""Run a worker process that loads a TVM of 2024, answers one assignment and ends."""

from __future__ import annotations

import sys

from viz.legacy.server import load
from viz.service.worker import one_shot

if __name__ == "__main__":
    one_shot.main(sys.argv[1], sys.argv[2], load=load)

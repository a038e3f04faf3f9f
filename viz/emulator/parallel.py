"""Run the blocks of a kernel on two cores: each has a copy of the library, with its own state."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Sequence

from viz.emulator.launch import three
from viz.emulator.library import KernelLaunch, LaunchConfig

WORTH_SECONDS = 2e-3
"""What the rest of a launch must take: a thread costs a tenth of a millisecond."""


def can_run_in_parallel() -> bool:
    """Whether this process has two cores."""
    return len(os.sched_getaffinity(0)) > 1


class ParallelLaunch:
    """Launches a kernel of which each block accesses memory of its own."""

    def __init__(self, first: KernelLaunch, second: KernelLaunch) -> None:
        self._first, self._second = first, second

    def __call__(self, arguments: Sequence[int | float], config: LaunchConfig) -> bool:
        """Run the kernel as :class:`KernelLaunch` does: one block alone, to see what it takes."""
        blocks = math.prod(three(config.grid))
        began = time.perf_counter()
        if not self._first(arguments, some_blocks(config, 0, 1)):
            return False
        if blocks == 1:
            return True
        rest = some_blocks(config, 1, blocks)
        if (time.perf_counter() - began) * (blocks - 1) < WORTH_SECONDS:
            return self._first(arguments, rest)
        middle = (blocks + 1) // 2
        finished: list[bool] = []
        other = threading.Thread(
            target=lambda: finished.append(
                self._second(arguments, some_blocks(config, middle, blocks))
            )
        )
        try:
            other.start()
        except RuntimeError:  # no thread is allowed here
            return self._first(arguments, rest)
        done = self._first(arguments, some_blocks(config, 1, middle))
        other.join()
        return done and finished == [True]


def some_blocks(config: LaunchConfig, first: int, last: int) -> LaunchConfig:
    """Return a configuration that runs the blocks from the first one up to the last, exclusive."""
    some = LaunchConfig.from_buffer_copy(config)
    some.first_block, some.last_block = first, last
    return some

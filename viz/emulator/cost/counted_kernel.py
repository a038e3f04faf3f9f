"""Hold what was counted of a kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viz.emulator.translate import CudaFunction
from viz.emulator.warps.arithmetic import Operations
from viz.emulator.warps.counters import CostCounters
from viz.text import Span


@dataclass
class CountedKernel:
    """What was counted of a kernel in all of its launches.

    Attributes
    ----------
    grid, block
        Of its first launch.
    dynamic_bytes
        Of shared memory, in its first launch.
    counted_blocks
        Those that were checked and counted.
    left_out
        Those that did not run.
    """

    kernel: CudaFunction
    grid: tuple[int, int, int]
    block: tuple[int, int, int]
    dynamic_bytes: int
    launches: int = 0
    blocks: int = 0
    counted_blocks: int = 0
    left_out: int = 0
    accesses: int = 0
    barriers: int = 0
    statements: Any = 0
    branches: Any = 0

    def operations(self, counters: CostCounters) -> Operations:
        """Return the arithmetic that its lanes did."""
        total = Operations()
        if isinstance(self.statements, int):
            return total
        for own, lanes in zip(counters.statements, self.statements, strict=True):
            total = total.plus(own.times(int(lanes)))
        return total

    def divided(self, counters: CostCounters) -> tuple[tuple[Span, int, int], ...]:
        """Return the branches that divided warps: the condition, the warps, those divided."""
        if isinstance(self.branches, int):
            return ()
        return tuple(
            (span, int(warps), int(divided))
            for span, (warps, divided) in zip(counters.branches, self.branches, strict=True)
            if divided
        )

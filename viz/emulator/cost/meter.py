"""Run launches while counting what they cost, of all blocks or up to a budget of accesses."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from viz.emulator.cost import records
from viz.emulator.forms import Built
from viz.emulator.launch import config_for, three
from viz.emulator.library import KernelLaunch, LaunchConfig
from viz.emulator.parallel import some_blocks
from viz.emulator.translate import CudaFunction
from viz.emulator.warps.arithmetic import Operations
from viz.emulator.warps.counters import CostCounters
from viz.text import Span

_GOLDEN = (math.sqrt(5) - 1) / 2
"""Multiples of it, without their whole parts, lie spread over what lies between 0 and 1."""


@dataclass
class CountedKernel:
    """What was counted of a kernel in all of its launches.

    Attributes
    ----------
    grid, block
        Of its first launch.
    dynamic_bytes
        Of shared memory, in its first launch.
    """

    kernel: CudaFunction
    grid: tuple[int, int, int]
    block: tuple[int, int, int]
    dynamic_bytes: int
    launches: int = 0
    blocks: int = 0
    counted_blocks: int = 0
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


class CostMeter:
    """Counts the cost of the launches of a call.

    Parameters
    ----------
    counted
        A library that checks and counts.
    fast
        One of the same text that does neither, for the blocks that are not looked at.
    budget
        Accesses of single threads, after which no further block is looked at; 0 for all. Each
        kernel of the text has an equal share of them, and one block of it at least is looked at.
    """

    def __init__(self, counted: Built, fast: Built | None, budget: int) -> None:
        self._counted, self._fast = counted, fast
        kernels = len(counted.translation.kernels)
        self._share = -(-budget // max(1, kernels)) if fast is not None else 0
        self.counters = counted.translation.counters or CostCounters()
        self._tallies = records.tallies(
            counted.library, len(self.counters.statements), len(self.counters.branches)
        )
        self._kernels: dict[str, CountedKernel] = {}

    def begin(self) -> None:
        """Forget what was counted."""
        self._kernels = {}
        self._tallies.taken()
        records.begin(self._counted.library)

    @property
    def kernels(self) -> tuple[CountedKernel, ...]:
        """What was counted of each kernel, in the order of their first launches."""
        return tuple(self._kernels.values())

    def sites(self) -> list[records.CountedSite]:
        """Return what was counted of each access of all kernels."""
        return records.sites(self._counted.library)

    @property
    def looks_at_all(self) -> bool:
        """Whether all blocks are checked and counted, without a budget."""
        return self._fast is None

    def launch(
        self, kernel: CudaFunction, arguments: Sequence[int | float], config: LaunchConfig
    ) -> bool:
        """Run a launch, and return whether all of its threads finished."""
        known = self._kernels.setdefault(
            kernel.name,
            CountedKernel(kernel, three(config.grid), three(config.block), config.dynamic_bytes),
        )
        blocks = math.prod(three(config.grid))
        known.launches += 1
        known.blocks += blocks
        if self._fast is None:
            finished = self._run(known, arguments, config)
            if kernel.name in self._counted.translation.warps:
                known.counted_blocks += blocks
        else:
            looked = self._looked_at(known, arguments, config)
            rest = config_for(self._fast.translation, kernel, config)
            others = KernelLaunch(self._fast.library, kernel)
            finished = looked is not None and all(
                others(arguments, some_blocks(rest, first, last))
                for first, last in gaps(looked, blocks)
            )
        taken = self._tallies.taken()
        known.statements = known.statements + taken.statements
        known.branches = known.branches + taken.branches
        return finished

    def _run(
        self, known: CountedKernel, arguments: Sequence[int | float], config: LaunchConfig
    ) -> bool:
        library = self._counted.library
        before = records.accesses(library)
        finished = KernelLaunch(library, known.kernel)(arguments, config)
        known.accesses += records.accesses(library) - before
        known.barriers += records.barriers(library)
        return finished

    def _looked_at(
        self, known: CountedKernel, arguments: Sequence[int | float], config: LaunchConfig
    ) -> list[int] | None:
        """Run blocks while the budget lasts; return their positions, None for a deadlock."""
        if known.kernel.name not in self._counted.translation.warps:
            return []
        looked: list[int] = []
        for position in spread(math.prod(three(config.grid))):
            if known.accesses >= self._share and known.counted_blocks:
                break
            known.counted_blocks += 1
            if not self._run(known, arguments, some_blocks(config, position, position + 1)):
                return None
            looked.append(position)
        return looked


def spread(count: int) -> Iterator[int]:
    """Yield the numbers below a count, the first ones of them far from each other."""
    step = max(1, round(count * _GOLDEN))
    while math.gcd(step, count) > 1:
        step += 1
    return (index * step % count for index in range(count))


def gaps(looked: Sequence[int], count: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the numbers below a count that are not among some, ends exclusive."""
    for before, after in pairwise([-1, *sorted(looked), count]):
        if after - before > 1:
            yield before + 1, after

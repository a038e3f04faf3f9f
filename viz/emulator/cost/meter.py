"""Run launches while counting what they cost, of all blocks or up to a budget of accesses."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from viz.emulator.cost import pictures, records
from viz.emulator.cost.counted_kernel import CountedKernel
from viz.emulator.cost.deferred import DeferredBlocks
from viz.emulator.forms import Built
from viz.emulator.launch import three
from viz.emulator.library import KernelLaunch, LaunchConfig
from viz.emulator.parallel import some_blocks
from viz.emulator.translate import CudaFunction
from viz.emulator.warps.counters import CostCounters
from viz.messages import message_of
from viz.model import BufferAccesses, Problem

_GOLDEN = (math.sqrt(5) - 1) / 2
"""Multiples of it, without their whole parts, lie spread over what lies between 0 and 1."""


class CostMeter:
    """Counts the cost of the launches of a call.

    Parameters
    ----------
    counted
        A library that checks and counts.
    rest
        What becomes of the blocks that are not looked at; None where all are.
    budget
        Accesses of single threads, after which no further block is looked at; 0 for all. Each
        kernel of the text has an equal share of them, and one block of it at least is looked at.
    with_pictures
        Whether to count also how often each element was accessed.
    """

    def __init__(
        self,
        counted: Built,
        rest: DeferredBlocks | None,
        budget: int,
        *,
        with_pictures: bool = False,
    ) -> None:
        self._counted, self._rest, self._pictures = counted, rest, with_pictures
        kernels = len(counted.translation.kernels)
        self._share = -(-budget // max(1, kernels)) if rest is not None else 0
        self.counters = counted.translation.counters or CostCounters()
        self._tallies = records.tallies(
            counted.library, len(self.counters.statements), len(self.counters.branches)
        )
        self._kernels: dict[str, CountedKernel] = {}
        self._launches: dict[str, KernelLaunch] = {}

    def begin(self) -> None:
        """Forget what was counted."""
        self._kernels = {}
        if self._rest is not None:
            self._rest.begin()
        self._tallies.taken()
        records.begin(self._counted.library)
        pictures.begin(self._counted.library, wanted=self._pictures)

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
        return self._rest is None

    @property
    def ran_all(self) -> bool:
        """Whether all blocks of the last call ran, so that its outputs are whole."""
        return not any(known.left_out for known in self.kernels)

    def memory(self, address: int, size: int, *, temporary: bool) -> None:
        """Say which memory kernels access: that of an argument, or temporary one."""
        if self._rest is not None:
            self._rest.memory(address, size, temporary=temporary)

    def before_allocation(self) -> bool:
        """Prepare for an allocation of temporary memory, which may take away what was freed.

        Returns
        -------
        Whether all threads of the blocks that ran for it finished.
        """
        return self._rest is None or self._rest.before_allocation()

    def buffers(
        self, known: CountedKernel, shapes: Mapping[str, Sequence[int]]
    ) -> tuple[BufferAccesses, ...]:
        """Return how often a kernel accessed the elements of its buffers, where that is counted."""
        number = list(self._kernels).index(known.kernel.name)
        return pictures.pictures(self._counted.library, number, shapes)

    def remarks(self) -> list[Problem]:
        """Return what was not counted."""
        partly = [
            Problem(
                code="cost-in-part",
                severity="info",
                what=message_of(
                    "cost-of-some-blocks" if known.left_out else "cost-in-part",
                    name=known.kernel.name,
                    counted=known.counted_blocks,
                    blocks=known.blocks,
                ),
            )
            for known in self.kernels
            if known.counted_blocks < known.blocks and self._rest is not None
        ]
        if pictures.lost(self._counted.library):
            what = message_of("pictures-lost", most=pictures.MOST_PICTURES)
            partly.append(Problem(code="pictures-lost", severity="info", what=what))
        if not records.lost(self._counted.library):
            return partly
        what = message_of("costs-lost", most=records.MOST_SITES)
        return [*partly, Problem(code="costs-lost", severity="warning", what=what)]

    def launch(
        self, kernel: CudaFunction, arguments: Sequence[int | float], config: LaunchConfig
    ) -> bool:
        """Run a launch, and return whether all of its threads finished."""
        known = self._kernels.setdefault(
            kernel.name,
            CountedKernel(kernel, three(config.grid), three(config.block), config.dynamic_bytes),
        )
        pictures.launching(self._counted.library, list(self._kernels).index(kernel.name))
        blocks = math.prod(three(config.grid))
        known.launches += 1
        known.blocks += blocks
        if self._rest is None:
            finished = self._run(known, arguments, config)
            if kernel.name in self._counted.translation.warps:
                known.counted_blocks += blocks
        else:
            looked = None
            if self._rest.before(known, arguments):
                looked = self._looked_at(known, arguments, config)
            finished = looked is not None and self._rest.add(
                known, arguments, config, looked, blocks
            )
        taken = self._tallies.taken()
        known.statements = known.statements + taken.statements
        known.branches = known.branches + taken.branches
        return finished

    def _run(
        self, known: CountedKernel, arguments: Sequence[int | float], config: LaunchConfig
    ) -> bool:
        library, name = self._counted.library, known.kernel.name
        if name not in self._launches:
            self._launches[name] = KernelLaunch(library, known.kernel)
        before = records.accesses(library)
        finished = self._launches[name](arguments, config)
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

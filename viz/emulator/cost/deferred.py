"""Hold back the blocks that nobody looks at, and run them only where a later launch needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from viz.emulator.cost.counted_kernel import CountedKernel
from viz.emulator.forms import Built
from viz.emulator.launch import config_for
from viz.emulator.library import KernelLaunch, LaunchConfig
from viz.emulator.parallel import some_blocks

Arguments = Sequence[int | float]


class _HeldBack(NamedTuple):
    """The blocks of a launch that did not run.

    Attributes
    ----------
    ranges
        Their positions, from the first one to the last, exclusive.
    touched, written
        The memory that the kernel may read or write, and that it may write.
    """

    known: CountedKernel
    arguments: tuple[int | float, ...]
    config: LaunchConfig
    ranges: tuple[tuple[int, int], ...]
    touched: frozenset[int]
    written: frozenset[int]


class DeferredBlocks:
    """The blocks that are not looked at, of the launches of a call.

    They run unchecked, before another launch that reads what they write, or writes what they read
    or write. If no such launch comes they never run.

    Parameters
    ----------
    fast
        Returns a library of the same text that neither checks nor counts; it is made when the
        first block needs it.
    written
        Of each kernel the pointers that it may write through, by the kernel's name; None where
        that is not known. It is asked for when there is a second launch.
    wanted
        Whether all blocks run at once, because the outputs are wanted.
    """

    def __init__(
        self,
        fast: Callable[[], Built],
        written: Callable[[], Mapping[str, frozenset[str] | None]],
        *,
        wanted: bool,
    ) -> None:
        self._make, self._written, self._wanted = fast, written, wanted
        self._fast: Built | None = None
        self._held: list[_HeldBack] = []
        self._memory: dict[int, int] = {}
        self._temporary: set[int] = set()

    def begin(self) -> None:
        """Forget what was held back, and all memory."""
        self._held, self._memory, self._temporary = [], {}, set()

    def memory(self, address: int, size: int, *, temporary: bool) -> None:
        """Say which memory is one: by any address in it, kernels access the same.

        Parameters
        ----------
        temporary
            Whether the program allocates it, and may free it before the call ends.
        """
        self._memory.pop(address, None)
        self._memory[address] = address + size
        if temporary:
            self._temporary.add(address)

    def before_allocation(self) -> bool:
        """Run what needs memory that is freed by now, and may be gone after another allocation."""
        return self._run([each for each in self._held if each.touched & self._temporary])

    def before(self, known: CountedKernel, arguments: Arguments) -> bool:
        """Run what another launch needs; return whether all of its threads finished."""
        if not self._held:
            return True
        touched, written = self._accessed(known, arguments)
        # Those that are held back do not need each other, else one of them would have run.
        return self._run(
            [each for each in self._held if each.written & touched or each.touched & written]
        )

    def add(
        self,
        known: CountedKernel,
        arguments: Arguments,
        config: LaunchConfig,
        looked: Sequence[int],
        blocks: int,
    ) -> bool:
        """Hold back the blocks of a launch that nobody looked at, by the positions of the others.

        Where outputs are wanted they run at once: return whether all of their threads finished.
        """
        ranges = tuple(gaps(looked, blocks))
        if not ranges:
            return True
        accessed = (frozenset[int](),) * 2 if self._wanted else self._accessed(known, arguments)
        copied = LaunchConfig.from_buffer_copy(config)
        known.left_out += blocks - len(looked)
        held = _HeldBack(known, tuple(arguments), copied, ranges, *accessed)
        self._held.append(held)
        return self._run([held] if self._wanted else [])

    def _run(self, chosen: Sequence[_HeldBack]) -> bool:
        """Run what was held back; return whether all of its threads finished."""
        for each in chosen:
            self._held = [other for other in self._held if other is not each]
            self._fast = self._fast or self._make()
            launch = KernelLaunch(self._fast.library, each.known.kernel)
            config = config_for(self._fast.translation, each.known.kernel, each.config)
            # A deadlock ends the launch as it ends any other: nothing of it is left out on purpose.
            each.known.left_out -= sum(last - first for first, last in each.ranges)
            for first, last in each.ranges:
                if not launch(each.arguments, some_blocks(config, first, last)):
                    return False
        return True

    def _accessed(
        self, known: CountedKernel, arguments: Arguments
    ) -> tuple[frozenset[int], frozenset[int]]:
        """Return the memory that a launch may touch, and that it may write, by where it begins."""
        kernel = known.kernel
        names = self._written().get(kernel.name)
        pointers = {
            parameter.name: self._start(int(value))
            for parameter, value in zip(kernel.parameters, arguments, strict=True)
            if parameter.pointer
        }
        touched = frozenset(pointers.values())
        if names is None:
            return touched, touched
        return touched, frozenset(start for name, start in pointers.items() if name in names)

    def _start(self, address: int) -> int:
        for start, end in reversed(self._memory.items()):
            if start <= address < end:
                return start
        return address


def gaps(looked: Sequence[int], count: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges of the numbers below a count that are not among some, ends exclusive."""
    edges = pairwise([-1, *sorted(looked), count])
    return tuple((before + 1, after) for before, after in edges if after - before > 1)

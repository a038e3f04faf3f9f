"""Run lowered modules on the emulated GPU, with the launches that their host functions make."""

from __future__ import annotations

import ctypes
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import tvm

from viz.codegen.emit import write
from viz.emulator import library
from viz.emulator.cost.deferred import DeferredBlocks
from viz.emulator.cost.meter import CostMeter
from viz.emulator.findings import Launched, merged, read
from viz.emulator.forms import Built, built, kept_fibers
from viz.emulator.launch import launch_config, may_run_together, three
from viz.emulator.parallel import ParallelLaunch
from viz.emulator.translate import CudaFunction, NotEmulated
from viz.emulator.warps.blocks import written_pointers
from viz.emulator.warps.parsing import functions
from viz.errors import TVM_ERRORS, RunError
from viz.messages import message_of
from viz.model import CostOptions, Finding, Problem, RunLaunch, ThreadOrder
from viz.passes.lowering_error import lowering_error
from viz.passes.pipeline import Lowered
from viz.runtime.emulator.host_rewrite import redirected_host

MOST_LAUNCHES = 10_000
"""How many launches of a run are told."""

LONG_SECONDS = 0.5
"""A call that took longer is not repeated to time it."""

_UNWATCHED = Problem(
    code="unwatched",
    severity="warning",
    what=message_of("unwatched"),
)
_LOCKSTEP = Problem(
    code="lockstep",
    severity="info",
    what=message_of("lockstep"),
)


class MeanTime(NamedTuple):
    """The result of a time evaluator: the mean seconds of a call, measured once."""

    mean: float

    @property
    def results(self) -> tuple[float, ...]:
        """The mean of each repeat."""
        return (self.mean,)


class Emulation:
    """A built program: ``emulation["main"](*tensors)`` runs it. Its arrays live on the CPU.

    Parameters
    ----------
    lowered
        A module lowered for CUDA with LLVM as its host.
    parameters
        The user's names of the parameters of the function that will be run.
    text
        The CUDA text to run; by default what the codegen writes of the module.
    checked
        Whether to check accesses and barriers; fast mode checks nothing.
    order, seed
        The order in which threads run; both may be set between two calls.
    warps
        Whether kernels may run warps as values; else each thread has a fiber.
    cost
        Counts what the accesses of a checked run cost: ``meter`` has the counts of the last call.
        With a budget, blocks beyond it run unchecked where they are needed, see ``whole``.
    whole
        Whether all blocks run, for the outputs; else, with a budget, those alone that are looked at
        and those that a later launch needs.

    Raises
    ------
    LoweringError
        When the codegen writes no text.
    RunError
        When the text cannot be emulated or compiled. A call raises it too where host code touches
        the arrays: on a GPU they are in a memory of its own.
    """

    def __init__(
        self,
        lowered: Lowered,
        parameters: Sequence[str],
        *,
        text: str = "",
        checked: bool = False,
        order: ThreadOrder = "forward",
        seed: int = 0,
        warps: bool = True,
        cost: CostOptions | None = None,
        whole: bool = True,
    ) -> None:
        target, device = _cuda_of(lowered)
        self.text = text or _written(lowered, target, device)
        self.findings: list[Finding] = []
        self.launches: list[RunLaunch] = []
        self._parameters = tuple(parameters)
        self.order, self.seed = order, seed
        self._checked = checked
        try:
            first = built(self.text, checked=checked, warps=warps, counted=cost is not None)
            # Where all blocks run it is compiled now, else when a block needs it.
            in_part = cost is not None and cost.budget > 0
            fast = built(self.text, checked=False, warps=warps) if in_part and whole else None
        except NotEmulated as error:
            error.text = self.text
            raise
        self.translation, self._library, self._copy = first
        self.cost = cost

        def made() -> Built:
            return fast or built(self.text, checked=False, warps=warps)

        rest = DeferredBlocks(made, self._written_pointers, wanted=whole) if in_part else None
        self.meter = (
            CostMeter(first, rest, cost.budget, with_pictures=cost.pictures) if cost else None
        )
        self.shapes: dict[str, Sequence[int]] = {}
        self._stopped, self._seconds = False, 0.0
        self._written: dict[str, frozenset[str] | None] | None = None

        def launcher(name: str, function: Any) -> Any:
            kernel = first.translation.kernels.get(name)
            return None if kernel is None else self._launcher(kernel, _axes(function))

        before = self._before_workspace if rest is not None else None
        self.host = redirected_host(
            lowered, device, launcher, self._workspace, before_workspace=before
        )
        self._host_accesses = lowered.host_accesses

    def __getitem__(self, name: str) -> Callable[..., Any]:
        """Return a function that takes tensors on the CPU and numbers."""
        function = self.host[name]

        def call(*arguments: Any) -> Any:
            self.begin()
            self.enter(self._parameters, arguments)
            began = time.perf_counter()
            value = function(*arguments)
            self._seconds = time.perf_counter() - began
            return value

        return call

    def begin(self) -> None:
        """Forget the last run.

        Raises
        ------
        RunError
            Where host code touches the arrays.
        """
        for access in self._host_accesses:
            raise RunError(access.described())
        self._stopped = False
        self.launches = []
        if self.meter is not None:
            self.meter.begin()

    def enter(self, parameters: Sequence[str], arguments: Sequence[Any]) -> None:
        """Note the memory that a function of :attr:`host` is given, before it is called.

        Parameters
        ----------
        parameters, arguments
            The user's names of its parameters, and the tensors and numbers for them.
        """
        self._library.emulator_forget_regions()
        for parameter, argument in zip(parameters, arguments, strict=False):
            if hasattr(argument, "data_ptr"):
                shape = tuple(int(extent) for extent in argument.shape)
                self.shapes[parameter] = shape
                size = _elements(shape, argument.strides) * argument.dtype.itemsize
                self._region(argument.data_ptr(), size, parameter, initialised=True)
                if self.meter is not None:
                    self.meter.memory(argument.data_ptr(), size, temporary=False)

    @property
    def ran_all(self) -> bool:
        """Whether all blocks of the last call ran, so that its outputs are whole."""
        return self.meter is None or self.meter.ran_all

    @property
    def stopped(self) -> bool:
        """Whether the last call ended in a deadlock, which unchecked blocks record nowhere."""
        return self._stopped

    def remarks(self) -> list[Problem]:
        """Return how kernels ran, and what the last call's checks left out or assumed."""
        fibers = kept_fibers(self.translation)
        if not self._checked:
            return fibers
        conditions = (
            (self._library.emulator_unwatched, _UNWATCHED),
            (self._library.emulator_lockstep, _LOCKSTEP),
        )
        counting = self.meter.remarks() if self.meter is not None else []
        return [*fibers, *counting, *(remark for holds, remark in conditions if holds())]

    def time_evaluator(self, name: str, *_: Any, **__: Any) -> Callable[..., MeanTime]:
        """Return a function that measures one call, as TVM's modules do.

        Raises
        ------
        AttributeError
            In checked mode, and where requests are counted: a time would mean nothing.
        """
        if self._checked:
            raise AttributeError("checked runs are not timed")
        function = self[name]

        def evaluate(*arguments: Any) -> MeanTime:
            # The first call is hardly slower, so a long one is not repeated.
            if self._seconds < LONG_SECONDS:
                function(*arguments)
            return MeanTime(self._seconds)

        return evaluate

    def _region(self, address: int, size: int, name: str, *, initialised: bool) -> None:
        self._library.emulator_region(address, size, name.encode(), int(initialised))

    def _workspace(self, address: ctypes.c_void_p, size: int) -> None:
        # What unchecked blocks write to it is not seen.
        every = self.meter is None or self.meter.looks_at_all
        self._region(address.value or 0, int(size), "", initialised=not every)
        if self.meter is not None:
            self.meter.memory(address.value or 0, int(size), temporary=True)

    def _before_workspace(self) -> None:
        if self.meter is not None and not self._stopped:
            self._stopped = not self.meter.before_allocation()

    def _written_pointers(self) -> Mapping[str, frozenset[str] | None]:
        """Return the pointers through which each kernel may write."""
        if self._written is None:
            trees = functions(self.text, frozenset(self.translation.kernels))
            self._written = {name: written_pointers(tree) for name, tree in trees.items()}
        return self._written

    def _together(self, kernel: CudaFunction, alone: library.KernelLaunch) -> ParallelLaunch | None:
        if self._copy is None or kernel.name not in self.translation.block_axes:
            return None
        return ParallelLaunch(alone, library.KernelLaunch(self._copy, kernel))

    def _launcher(self, kernel: CudaFunction, axes: Sequence[str]) -> Callable[..., None]:
        count = len(kernel.parameters)
        alone = library.KernelLaunch(self._library, kernel)
        together = self._together(kernel, alone)
        configured: dict[Any, library.LaunchConfig] = {}

        def launch(*arguments: Any) -> None:
            if self._stopped:
                return
            values = [_number(value) for value in arguments]
            key = (*values[count:], self.order, self.seed)
            if key not in configured:
                configured.clear()  # the last one only: launches mostly repeat it
                configured[key] = launch_config(
                    self.translation,
                    kernel,
                    dict(zip(axes, values[count:], strict=True)),
                    order=self.order,
                    seed=self.seed,
                )
            config = configured[key]
            launched = Launched(kernel.name, three(config.grid), three(config.block))
            if len(self.launches) < MOST_LAUNCHES:
                self.launches.append(RunLaunch(**launched._asdict()))
            if self.meter is not None:
                finished = self.meter.launch(kernel, values[:count], config)
            else:
                apart = together and may_run_together(self.translation, kernel, config)
                finished = (together if together and apart else alone)(values[:count], config)
            if self._library.emulator_finding_count():
                found = read(self._library, launched, self.shapes)
                self.findings = [*merged((*self.findings, *found))]
            self._stopped = not finished

        return launch


def _elements(shape: Sequence[int], strides: Sequence[int]) -> int:
    """Return the elements from the first to the last of an array."""
    if not math.prod(shape):
        return 0
    return 1 + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))


def _cuda_of(lowered: Lowered) -> tuple[Any, Any]:
    """Return the target and module for CUDA: functions may have targets of their own."""
    for target, device in lowered.devices.items():
        if target.kind.name == "cuda":
            return target, device
    kinds = ", ".join(str(target.kind.name) for target in lowered.devices)
    raise RunError(message_of("emulate-other-kernels", kinds=kinds))


def _written(lowered: Lowered, target: Any, device: tvm.IRModule) -> str:
    try:
        return write(device, target)
    except TVM_ERRORS as error:
        raise lowering_error(error, lowered.name, lowered.scheduled) from error


def _axes(function: Any) -> list[str]:
    return [str(axis) for axis in function.attrs["tirx.kernel_launch_params"]]


def _number(value: Any) -> int | float:
    if isinstance(value, ctypes.c_void_p):
        return value.value or 0
    return 0 if value is None else value

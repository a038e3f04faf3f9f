"""Run kernels of 2024 on the emulated GPU; their host function, compiled from C, launches them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tvm

from viz.emulator import library
from viz.emulator.findings import Launched, merged, read
from viz.emulator.forms import built, kept_fibers
from viz.emulator.launch import launch_config, three
from viz.emulator.translate import CudaFunction, NotEmulated
from viz.harness.dlpack import ExportedArray
from viz.legacy.functions import symbol_of
from viz.legacy.reflection import attributes_of
from viz.legacy.runtime.c_library import FLOAT, INTEGER, Argument, CLibrary, CValue
from viz.model import Finding, Problem, ThreadOrder

SET_DEVICE = "__tvm_set_device"

YEAR = "EMULATOR_2024"
"""Tells the emulator's headers that the text brings functions which later headers have."""


class LegacyEmulation:
    """A built program whose kernels run on the emulator; its arrays live on the CPU.

    Parameters
    ----------
    text
        The kernels in CUDA.
    host
        The host's functions in C.
    device
        The functions of the kernels.
    checked
        Whether to check accesses and barriers.
    order, seed
        The order in which threads run.

    Raises
    ------
    RunError
        When a text cannot be emulated or compiled.
    """

    def __init__(
        self,
        text: str,
        host: str,
        device: tvm.IRModule,
        *,
        checked: bool = False,
        order: ThreadOrder = "forward",
        seed: int = 0,
    ) -> None:
        self.text = text
        self.findings: list[Finding] = []
        self._order, self._seed = order, seed
        try:
            made = built(text, checked=checked, parallel=False, definition=YEAR)
        except NotEmulated as error:
            error.text = text
            raise
        self._translation, self._library = made.translation, made.library
        self._host = CLibrary(host, self._launch, self._workspace)
        self._axes: dict[str, list[str]] = {}
        for variable, function in device.functions.items():
            name = symbol_of(function) or str(variable.name_hint)
            axes = attributes_of(function).get("tir.kernel_launch_params") or ()
            self._axes[name] = [str(axis) for axis in axes]
        self._kernels = {
            name: (kernel, library.KernelLaunch(self._library, kernel))
            for name, kernel in self._translation.kernels.items()
        }
        self._shapes: dict[str, Sequence[int]] = {}
        self._stopped = False

    def remarks(self) -> tuple[Problem, ...]:
        """Return which kernels run a fiber for each thread, and why."""
        return tuple(kept_fibers(self._translation))

    def call(self, symbol: str, arguments: Sequence[Argument]) -> int | float | None:
        """Call a host function, which launches its kernels."""
        self._stopped = False
        self._library.emulator_forget_regions()
        for each in arguments:
            if isinstance(each, ExportedArray):
                self._shapes[each.name] = each.shape
                self._region(each.data, each.size, each.name, initialised=True)
        return self._host.call(symbol, arguments)

    def _region(self, address: int, size: int, name: str, *, initialised: bool) -> None:
        self._library.emulator_region(address, size, name.encode(), int(initialised))

    def _workspace(self, address: int, size: int) -> None:
        self._region(address, size, "", initialised=False)

    def _launch(self, name: str, values: list[CValue], codes: list[int]) -> bool:
        if name == SET_DEVICE or self._stopped:
            return True
        if name not in self._kernels:
            return False
        kernel, run = self._kernels[name]
        numbers = [_number(value, code) for value, code in zip(values, codes, strict=True)]
        count = len(kernel.parameters)
        config = launch_config(
            self._translation,
            kernel,
            dict(zip(self._axes[name], numbers[count:], strict=False)),
            order=self._order,
            seed=self._seed,
        )
        finished = run(numbers[:count], config)
        self._note(kernel, config)
        self._stopped = not finished
        return True

    def _note(self, kernel: CudaFunction, config: Any) -> None:
        if self._library.emulator_finding_count():
            launched = Launched(kernel.name, three(config.grid), three(config.block))
            found = read(self._library, launched, self._shapes)
            self.findings = [*merged((*self.findings, *found))]


def _number(value: CValue, code: int) -> int | float:
    if code == INTEGER:
        return int(value.v_int64)
    return float(value.v_float64) if code == FLOAT else int(value.v_handle or 0)

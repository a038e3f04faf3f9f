"""Run lowered modules on an OpenCL device: record the launches of the host function, then do them.

The host function runs on this CPU, compiled by LLVM, with every launch replaced by a note of its
kernel, arguments and extents. It cannot read what a kernel wrote, so all launches of a call may be
done together after it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

from viz.codegen.emit import write
from viz.errors import TVM_ERRORS, RunError
from viz.harness import opencl
from viz.harness.arrays import numpy_dtype
from viz.harness.opencl import OpenclLaunch, OpenclMemory, OpenclTask
from viz.ir.labels import dtype, type_key
from viz.messages import message_of
from viz.passes.lowering_error import lowering_error
from viz.passes.pipeline import Lowered
from viz.runtime.emulator.device import MeanTime
from viz.runtime.emulator.host_rewrite import OPENCL, redirected_host
from viz.runtime.guarded import GuardedArray


class KernelsRefusedError(RunError):
    """The device's compiler does not take the kernels.

    Attributes
    ----------
    text
        That of the kernels.
    """

    text = ""


class OpenclProgram:
    """A built program: ``program["main"](*arguments)`` runs it.

    Its functions take arrays between guard zones, and numbers.

    Parameters
    ----------
    lowered
        A module lowered for OpenCL with LLVM as its host.

    Raises
    ------
    LoweringError
        When the codegen writes no text.
    KernelsRefusedError
        When the device's compiler does not take the text.
    RunError
        When there is no device. A call raises it when a launch fails.
    """

    def __init__(self, lowered: Lowered) -> None:
        ((target, device),) = lowered.devices.items()
        try:
            self.text = write(device, target)
        except TVM_ERRORS as error:
            raise lowering_error(error, lowered.name, lowered.scheduled) from error
        self._host_accesses = lowered.host_accesses
        self._memories: list[OpenclMemory] = []
        self._addresses: dict[int, int] = {}
        self._launches: list[OpenclLaunch] = []
        self._host = redirected_host(lowered, device, self._launcher, self._workspace, OPENCL)
        try:
            # Without a launch the text is compiled all the same.
            self.device = opencl.BACKEND.get()(OpenclTask(self.text, (), ())).device
        except RunError as error:
            refused = KernelsRefusedError(error.what)
            refused.text = self.text
            raise refused from None

    def __getitem__(self, name: str) -> Callable[..., None]:
        """Return a function that takes guarded arrays and numbers."""

        def call(*arguments: Any) -> None:
            task = self._recorded(name, arguments)
            result = opencl.BACKEND.get()(task)
            arrays = [each for each in arguments if isinstance(each, GuardedArray)]
            for array, content in zip(arrays, result.memories, strict=False):
                array.restore(content)

        return call

    def time_evaluator(self, name: str, *_: Any, **__: Any) -> Callable[..., MeanTime]:
        """Return a function that measures calls, as TVM's modules do."""

        def evaluate(*arguments: Any) -> MeanTime:
            task = self._recorded(name, arguments, timed=True)
            return MeanTime(opencl.BACKEND.get()(task).seconds or 0.0)

        return evaluate

    def _recorded(self, name: str, arguments: Sequence[Any], *, timed: bool = False) -> OpenclTask:
        for access in self._host_accesses:
            raise RunError(access.described())
        self._memories.clear()
        self._addresses.clear()
        self._launches.clear()
        passed = []
        for argument in arguments:
            if isinstance(argument, GuardedArray):
                self._remember(argument.tensor.data_ptr(), OpenclMemory(*argument.whole()))
                argument = argument.tensor
            passed.append(argument)
        self._host[name](*passed)
        return OpenclTask(
            text=self.text,
            memories=tuple(self._memories),
            launches=tuple(self._launches),
            timed=timed,
        )

    def _remember(self, address: int, memory: OpenclMemory) -> None:
        self._addresses[address] = len(self._memories)
        self._memories.append(memory)

    def _workspace(self, address: ctypes.c_void_p, size: int) -> None:
        self._remember(address.value or 0, OpenclMemory(bytes(int(size)), 0, int(size)))

    def _launcher(self, name: str, function: Any) -> Callable[..., None]:
        axes = [str(axis) for axis in function.attrs["tirx.kernel_launch_params"]]
        kinds = [
            numpy_dtype(dtype(parameter.ty)) if type_key(parameter.ty) == "ir.PrimType" else None
            for parameter in function.params
        ]

        def argument(value: Any, kind: Any) -> int | bytes:
            if kind is not None:
                return bytes(kind.type(value).tobytes())
            address = value.value if isinstance(value, ctypes.c_void_p) else value
            number = self._addresses.get(address or 0)
            if number is None:
                raise RunError(message_of("opencl-inner-pointer", name=name))
            return number

        def launch(*arguments: Any) -> None:
            values = arguments[: len(kinds)]
            extents = dict(zip(axes, arguments[len(kinds) :], strict=True))
            self._launches.append(
                OpenclLaunch(
                    name=name,
                    arguments=tuple(map(argument, values, kinds)),
                    groups=_along(extents, "blockIdx"),
                    items=_along(extents, "threadIdx"),
                )
            )

        return launch


def _along(extents: dict[str, Any], axis: str) -> tuple[int, int, int]:
    x, y, z = (int(extents.get(f"{axis}.{dimension}", 1)) for dimension in "xyz")
    return x, y, z

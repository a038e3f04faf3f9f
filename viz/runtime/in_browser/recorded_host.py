"""Run a lowered host function, and record the launches that it makes instead of making them."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Mapping, Sequence
from itertools import starmap
from typing import Any, NamedTuple

import tvm

from viz.errors import RunError
from viz.ir.labels import dtype, type_key
from viz.messages import message_of
from viz.passes.pipeline import Lowered
from viz.runtime.emulator.host_rewrite import WEBGPU, redirected_host

MOST_LAUNCHES = 2_000
"""Launches of one call: a browser is sent every one of them."""


class Region(NamedTuple):
    """Memory that kernels share: a parameter's, or what the host allocates.

    Attributes
    ----------
    number
        In the order in which the regions came to be.
    name
        The parameter's; empty for what the host allocates.
    """

    number: int
    name: str
    address: int
    size: int


class RecordedLaunch(NamedTuple):
    """A launch of a kernel.

    Attributes
    ----------
    buffers
        The regions that its pointers are the starts of, in the order of the kernel's parameters.
    scalars
        Its other arguments, 4 bytes each: a browser's shaders take numbers of 32 bits.
    extents
        The values of the launch parameters, such as ``blockIdx.x``.
    """

    kernel: str
    buffers: tuple[Region, ...]
    scalars: bytes
    extents: Mapping[str, int]


class RecordedHost:
    """A host function whose kernels are not run: a call of it records their launches.

    Its arrays live on the CPU; the kernels' content is not known there, so a host that reads what
    they computed would go wrong, and is refused.

    Parameters
    ----------
    lowered
        A module lowered for WebGPU with LLVM as its host.
    device
        The kernels of it.
    """

    def __init__(self, lowered: Lowered, device: tvm.IRModule) -> None:
        self.launches: list[RecordedLaunch] = []
        self.regions: list[Region] = []
        self._host_accesses = lowered.host_accesses
        self._is_too_long = False
        self._host = redirected_host(lowered, device, self._recorder, self._workspace, WEBGPU)

    def call(self, symbol: str, arguments: Mapping[str, Any]) -> None:
        """Call a function with tensors on the CPU and numbers, in the order of its parameters.

        Raises
        ------
        RunError
            When host code touches the arrays, or there are too many launches.
        """
        for access in self._host_accesses:
            raise RunError(access.described())
        for name, argument in arguments.items():
            if hasattr(argument, "data_ptr"):
                self._region(name, argument.data_ptr(), _bytes(argument))
        self._host[symbol](*arguments.values())
        if self._is_too_long:
            raise RunError(message_of("browser-launches", most=MOST_LAUNCHES))

    def _region(self, name: str, address: int, size: int) -> None:
        self.regions.append(Region(len(self.regions), name, address, size))

    def _workspace(self, address: ctypes.c_void_p, size: int) -> None:
        self._region("", address.value or 0, int(size))

    def _recorder(self, name: str, function: Any) -> Callable[..., None]:
        count = len(function.params)
        scalars = [each for each in function.params if type_key(each.ty) == "ir.PrimType"]
        floats = ["float" in dtype(each.ty) for each in scalars]
        axes = [str(axis) for axis in function.attrs["tirx.kernel_launch_params"]]

        def record(*arguments: Any) -> None:
            if len(self.launches) >= MOST_LAUNCHES:
                self._is_too_long = True
                return
            values = arguments[:count]
            pointers = [value for value in values if isinstance(value, ctypes.c_void_p)]
            numbers = [value for value in values if not isinstance(value, ctypes.c_void_p)]
            launch = RecordedLaunch(
                name,
                tuple(self._pointed(pointer, name) for pointer in pointers),
                b"".join(starmap(_word, zip(numbers, floats, strict=True))),
                dict(zip(axes, map(int, arguments[count:]), strict=True)),
            )
            self.launches.append(launch)

        return record

    def _pointed(self, pointer: ctypes.c_void_p, kernel: str) -> Region:
        # Memory that was given back may come again: the latest region is meant.
        for region in reversed(self.regions):
            if region.address == (pointer.value or 0):
                return region
        raise RunError(message_of("browser-pointer", kernel=kernel))


def _word(value: Any, is_float: bool) -> bytes:
    """Return a scalar as the 4 bytes of WGSL's ``f32``, ``i32`` or ``u32``."""
    if is_float:
        return struct.pack("<f", value)
    return (int(value) & 0xFFFFFFFF).to_bytes(4, "little")


def _bytes(tensor: Any) -> int:
    """Return the bytes from the first to the last element of a tensor."""
    shape: Sequence[int] = tuple(int(extent) for extent in tensor.shape)
    if 0 in shape:
        return 0
    last = sum((n - 1) * int(step) for n, step in zip(shape, tensor.strides, strict=True))
    return int((1 + last) * tensor.dtype.itemsize)

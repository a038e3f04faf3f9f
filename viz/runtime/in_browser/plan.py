"""Make the plan of a run in a browser: shaders, buffers with their content, launches in order."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tvm

from viz.codegen.emit import write
from viz.errors import TVM_ERRORS, RequestError, RunError
from viz.harness.arrays import Array
from viz.ir.functions import function_of
from viz.ir.parse import Parsed
from viz.messages import message_of
from viz.model import (
    DeviceBuffer,
    LaunchPlan,
    PlanPart,
    Request,
    RunPart,
    WgslKernel,
    WgslLaunch,
    catalog,
)
from viz.passes.function_roles import own_targets
from viz.passes.lowering_error import lowering_error
from viz.passes.pipeline import Lowered, lower
from viz.runtime.execute import Call
from viz.runtime.guarded import GuardedArray
from viz.runtime.in_browser.recorded_host import RecordedHost, RecordedLaunch
from viz.runtime.in_browser.wgsl import kernels
from viz.runtime.run import declared_table, for_device, launchable, placing, prepared, set_aside

TARGET = "webgpu"

MOST_BYTES = 16 << 20
"""Bytes that are sent to a browser, and bytes that it sends back."""

MOST_MEMORY = 256 << 20
"""Bytes of all buffers together: beside those sent, what kernels use between them."""


def launch_plan(parsed: Parsed, name: str, request: Request) -> LaunchPlan:
    """Return what a browser launches to run a function on the inputs of a run.

    Raises
    ------
    RequestError
        When the run has no such size or array.
    RunError
        When it cannot run in a browser, with the place in the user's text where there is one.
    LoweringError
        When it cannot be lowered.
    """
    part = request.part
    assert isinstance(part, PlanPart)
    with placing(parsed, name, part.run.reference):
        return _plan(parsed, name, request, part.run)


def browser_call(parsed: Parsed, name: str, run: RunPart) -> Call:
    """Return the call that a run in a browser is of: the same inputs for the same run.

    Raises
    ------
    RequestError, RunError
        As :func:`launch_plan`.
    """
    able = tuple(name for name, row in catalog.devices().items() if row.in_browser)
    if run.device not in able:
        raise RequestError(message_of("not-in-browser", device=run.device, able=able))
    function = function_of(parsed.mod, name)
    ranges = declared_table(parsed, name, "RANGES")
    call = prepared(parsed, name, function, run.seed, run.sizes, ranges, run)
    if call.returns_value:
        raise RunError(message_of("browser-returns", name=name))
    arrays = [each for each in call.arguments.values.values() if isinstance(each, np.ndarray)]
    if sum(map(span_bytes, arrays)) > MOST_BYTES:
        raise RunError(message_of("browser-too-large", most=MOST_BYTES >> 20))
    return call


def _plan(parsed: Parsed, name: str, request: Request, run: RunPart) -> LaunchPlan:
    own = own_targets(parsed.mod)
    parsed = for_device(parsed, run.device)
    call = browser_call(parsed, name, run)
    began = time.perf_counter()
    lowered = lower(parsed.mod, TARGET, request.options, host="llvm")
    device, text = device_text(lowered)
    seconds = time.perf_counter() - began
    problems = [*set_aside(own, own_targets(parsed.mod)), *launchable(lowered, parsed)]
    host = RecordedHost(lowered, device)
    _record(host, call)
    shaders = tuple(kernels(text))
    return LaunchPlan(
        function=name,
        kernels=shaders,
        buffers=tuple(_buffers(host, call)),
        launches=tuple(_launch(each, shaders) for each in host.launches),
        build_seconds=seconds,
        problems=tuple(problems),
    )


def device_text(lowered: Lowered) -> tuple[tvm.IRModule, str]:
    """Return the kernels for WebGPU and their text, as they stand in the target's source."""
    for target, device in lowered.devices.items():
        if target.kind.name == TARGET:
            try:
                return device, write(device, target)
            except TVM_ERRORS as error:
                raise lowering_error(error, lowered.name, lowered.scheduled) from error
    kinds = ", ".join(str(target.kind.name) for target in lowered.devices)
    raise RunError(message_of("browser-other-kernels", kinds=kinds))


def _record(host: RecordedHost, call: Call) -> None:
    guarded = {
        name: GuardedArray(value)
        for name, value in call.arguments.values.items()
        if isinstance(value, np.ndarray)
    }
    passed: dict[str, Any] = dict(call.arguments.values)
    passed |= {name: array.tensor for name, array in guarded.items()}
    names = [str(parameter.name) for parameter in call.function.params]
    try:
        host.call(call.symbol, {name: passed[name] for name in names})
    except TVM_ERRORS as error:
        raise RunError(message_of("program-stopped", reason=str(error)[:300])) from None
    if sum(region.size for region in host.regions) > MOST_MEMORY:
        raise RunError(message_of("browser-memory", most=MOST_MEMORY >> 20))


def _buffers(host: RecordedHost, call: Call) -> Iterator[DeviceBuffer]:
    used = {region.number for launch in host.launches for region in launch.buffers}
    for region in host.regions:
        if not region.name:
            yield DeviceBuffer(name="", size=region.size)
            continue
        array: Array = np.asarray(call.arguments.values[region.name])
        is_output = region.name in call.outputs
        yield DeviceBuffer(
            name=region.name,
            size=region.size,
            dtype=str(array.dtype),
            shape=tuple(array.shape),
            content=span_of_memory(array).tobytes() if is_output or region.number in used else None,
            is_output=is_output,
        )


def _launch(launch: RecordedLaunch, shaders: tuple[WgslKernel, ...]) -> WgslLaunch:
    number = next(i for i, each in enumerate(shaders) if each.name == launch.kernel)
    if len(shaders[number].bindings) != len(launch.buffers):
        raise RunError(message_of("wgsl-unknown-form", kernel=launch.kernel))
    x, y, z = (launch.extents.get(f"blockIdx.{axis}", 1) for axis in "xyz")
    return WgslLaunch(
        kernel=number,
        grid=(x, y, z),
        buffers=tuple(region.number for region in launch.buffers),
        # packGridDimX, the last workgroup along x: those beyond it return at once.
        uniform=launch.scalars + (x - 1).to_bytes(4, "little"),
    )


# ---------------------------------------------------------------- memory of arrays


def span_bytes(array: Array) -> int:
    """Return the bytes from the first to the last element of an array, gaps included."""
    if not array.size:
        return 0
    last = sum((n - 1) * step for n, step in zip(array.shape, array.strides, strict=True))
    return int(last) + array.itemsize


def span_of_memory(array: Array) -> Array:
    """Return the memory from the first to the last element of an array, as a vector."""
    count = span_bytes(array) // array.itemsize
    return np.lib.stride_tricks.as_strided(array, (count,), (array.itemsize,))


def array_of_memory(memory: bytes, like: Array) -> Array:
    """Return the array of the same shape and strides as another, in such memory."""
    flat = np.frombuffer(memory, like.dtype)
    return np.array(np.lib.stride_tricks.as_strided(flat, like.shape, like.strides))


def arrays_of(call: Call) -> Mapping[str, Array]:
    """Return the buffers of a call by name."""
    values = call.arguments.values.items()
    return {name: value for name, value in values if isinstance(value, np.ndarray)}

"""Run OpenCL kernels, launch by launch, over memories that are plain bytes; with pyopencl.

Nothing here knows TVM. On a CPU an OpenCL runtime compiles the kernels to machine code, so texts of
others belong into a jailed process.
"""

from __future__ import annotations

import importlib.util
import os
import re
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from viz.errors import RunError
from viz.messages import Message, message_of, verbatim
from viz.model import Plain

TIMED_SECONDS = 0.02
"""How long launches are repeated to time them, at least."""

MOST_REPEATS = 100

VENDORS = "/etc/OpenCL/vendors"
"""Where the runtimes of a Linux system are listed, a file with its library's name for each."""

ORIGIN = 4096
"""Bytes that the memory of an array is aligned to within a buffer; a device asks for 128 to 512."""


class OpenclMemory(Plain, frozen=True):
    """A memory: its bytes, of which those from ``start`` on are the kernels', ``size`` of them.

    What stands around are guard zones.
    """

    content: bytes
    start: int
    size: int


class OpenclLaunch(Plain, frozen=True):
    """A launch of a kernel.

    Attributes
    ----------
    arguments
        The number of a memory, or the bytes of a scalar.
    groups, items
        Work groups, and work items of a group, along each axis.
    """

    name: str
    arguments: tuple[int | bytes, ...]
    groups: tuple[int, int, int]
    items: tuple[int, int, int]


class OpenclTask(Plain, frozen=True):
    """The text of some kernels and the launches of one call, in order.

    Attributes
    ----------
    timed
        Whether the launches are repeated to time them; what the memories then hold means nothing.
    """

    text: str
    memories: tuple[OpenclMemory, ...]
    launches: tuple[OpenclLaunch, ...]
    timed: bool = False


class OpenclResult(Plain, frozen=True):
    """What the launches left in the memories, the device's name, and the seconds of a call."""

    memories: tuple[bytes, ...]
    device: str
    seconds: float | None = None


@cache
def missing() -> Message | None:
    """Return why no kernel can be run here, or None.

    Called before the fork: a jailed process cannot see whether a file exists.
    """
    if importlib.util.find_spec("pyopencl") is None:
        return message_of("opencl-no-package")
    if not vendors():
        return message_of("opencl-no-runtime")
    return None


def vendors() -> tuple[Path, ...]:
    """Return the files that name the OpenCL runtimes of this system."""
    given = Path(os.environ.get("OCL_ICD_VENDORS", VENDORS))
    if given.is_file():
        return (given,)
    return tuple(sorted(given.glob("*.icd")))


def evaluate(task: OpenclTask) -> OpenclResult:
    """Run the launches of a task in this process.

    Raises
    ------
    RunError
        When there is no device, it does not take the text, or a launch fails.
    """
    import pyopencl

    context = _context()
    device = context.devices[0]
    _require_extensions(task.text, device)
    program = _program(task.text)
    queue = pyopencl.CommandQueue(context)
    try:
        whole = [_buffer(context, queue, memory) for memory in task.memories]
        inner = [_inside(each, memory) for each, memory in zip(whole, task.memories, strict=True)]
        _launch_all(program, queue, task.launches, inner)
        seconds = None
        if task.timed:
            seconds = _timed(lambda: _launch_all(program, queue, task.launches, inner))
        contents = tuple(
            _content(queue, each, memory) for each, memory in zip(whole, task.memories, strict=True)
        )
    except pyopencl.Error as error:
        raise RunError(message_of("opencl-stopped", error=_first_line(error))) from None
    return OpenclResult(memories=contents, device=_name(device), seconds=seconds)


def use_folder(folder: str) -> None:
    """Keep what a runtime writes in a folder; to be called before the first task."""
    os.environ.update(POCL_CACHE_DIR=folder, TMPDIR=folder, HOME=folder)


Run = Callable[[OpenclTask], OpenclResult]

BACKEND: ContextVar[Run] = ContextVar("backend", default=evaluate)
"""Runs a task: in this process, or for a jailed process in another one."""


@cache
def _context() -> Any:
    """Return a context of the first device that is a CPU, else of the first one.

    Raises
    ------
    RunError
        When there is none.
    """
    import pyopencl

    try:
        devices = [each for found in pyopencl.get_platforms() for each in found.get_devices()]
    except pyopencl.Error as error:
        raise RunError(message_of("opencl-no-device", error=_first_line(error))) from None
    cpus = [device for device in devices if device.type & pyopencl.device_type.CPU]
    if not devices:
        raise RunError(message_of("opencl-no-devices"))
    return pyopencl.Context((cpus or devices)[:1])


def describe() -> Message:
    """Return the name of the device that kernels run on, or why there is none."""
    try:
        return verbatim(_name(_context().devices[0]))
    except RunError as error:
        return error.what


def _name(device: Any) -> str:
    return f"{device.name.strip()}, {device.platform.name.strip()}"


_EXTENSION = re.compile(r"#pragma OPENCL EXTENSION (cl_\w+)\s*:\s*enable")


def _require_extensions(text: str, device: Any) -> None:
    """Refuse a text that needs what the device does not have.

    The codegen asks for ``cl_khr_fp16`` or the extension that AMD named otherwise by an ``#ifdef``.
    """
    known = device.extensions.split()
    for name in _EXTENSION.findall(text):
        if name == "cl_khr_fp16" and name not in known:
            raise RunError(message_of("opencl-no-half", device=_name(device)))


@cache
def _program(text: str) -> Any:
    """Return the compiled text.

    Raises
    ------
    RunError
        When the device's compiler does not take it; ``number`` and ``column`` of the message say
        where.
    """
    import pyopencl

    try:
        return pyopencl.Program(_context(), text).build(cache_dir=False)
    except (pyopencl.Error, RuntimeError) as error:
        raise RunError(_refusal(str(error))) from None


_PLACES = (
    r"error: \S*?:(?P<line>\d+):(?P<column>\d+)(?: <[^>]*>)?: (?P<what>.+)",
    r":(?P<line>\d+):(?P<column>\d+): (?:fatal )?error: (?P<what>.+)",
)
"""How runtimes write an error: PoCL, and those that print what clang does."""


def _refusal(log: str) -> Message:
    """Return the message about a text that a compiler does not take, from what it wrote."""
    for pattern in _PLACES:
        if match := re.search(pattern, log):
            number, column = int(match["line"]), int(match["column"])
            what = match["what"].strip().strip('"')
            return message_of("opencl-not-compiled", number=number, column=column, error=what)
    lines = [line for line in log.splitlines() if "error" in line.lower()]
    return message_of("opencl-refused", error=(lines or [log])[0][:300])


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _buffer(context: Any, queue: Any, memory: OpenclMemory) -> Any:
    """Return a buffer with a memory's bytes, those of the array beginning at :data:`ORIGIN`'s."""
    import pyopencl

    pad = _pad(memory)
    buffer = pyopencl.Buffer(context, pyopencl.mem_flags.READ_WRITE, pad + len(memory.content))
    content = np.frombuffer(memory.content, np.uint8)
    pyopencl.enqueue_copy(queue, buffer, content, dst_offset=pad)
    return buffer


def _pad(memory: OpenclMemory) -> int:
    return -memory.start % ORIGIN


def _inside(buffer: Any, memory: OpenclMemory) -> Any:
    """Return the part of a buffer that the kernels get."""
    return buffer.get_sub_region(_pad(memory) + memory.start, max(memory.size, 1))


def _content(queue: Any, buffer: Any, memory: OpenclMemory) -> bytes:
    import pyopencl

    content = np.empty(len(memory.content), np.uint8)
    pyopencl.enqueue_copy(queue, content, buffer, src_offset=_pad(memory))
    return content.tobytes()


def _launch_all(
    program: Any, queue: Any, launches: Sequence[OpenclLaunch], memories: Sequence[Any]
) -> None:
    import pyopencl

    for launch in launches:
        if 0 in launch.groups:
            continue  # nothing to do, which OpenCL has no launch for
        kernel = pyopencl.Kernel(program, launch.name)
        for number, argument in enumerate(launch.arguments):
            value = memories[argument] if isinstance(argument, int) else argument
            kernel.set_arg(number, value)
        sizes = tuple(g * i for g, i in zip(launch.groups, launch.items, strict=True))
        pyopencl.enqueue_nd_range_kernel(queue, kernel, sizes, launch.items)
    queue.finish()


def _timed(act: Callable[[], None]) -> float:
    """Return the mean seconds of a call, after the one that warmed up."""
    began = time.perf_counter()
    count = 0
    while count < MOST_REPEATS and time.perf_counter() - began < TIMED_SECONDS:
        act()
        count += 1
    return (time.perf_counter() - began) / count

"""A run on the GPU of a visitor's browser: what is launched there, and what it computed.

The engine says what to launch, the browser launches it and sends the outputs back, and the engine
compares them. Nothing is kept between the two requests: inputs and reference follow from the run.
"""

from __future__ import annotations

from typing import Literal

from viz.model.base import Plain, Problem

Access = Literal["read", "read_write"]
"""What a shader may do with a storage buffer."""

Clock = Literal["", "gpu", "page"]
"""What measured the time of a call: timestamps of the GPU, the clock of the page, nothing."""


class WgslBinding(Plain, frozen=True):
    """A storage buffer that a shader declares; its number is its place in the kernel's list."""

    name: str
    access: Access
    element: str
    """The type of its elements in WGSL, such as ``f32``."""


class WgslKernel(Plain, frozen=True):
    """A shader: its text, and what it declares."""

    name: str
    """Its entry point."""
    text: str
    first_line: int
    """The 1-based line of the target's source at which ``text`` begins."""
    bindings: tuple[WgslBinding, ...]
    """In the order of their numbers, from 0; the uniform comes after them."""
    workgroup: tuple[int, int, int]
    """Threads of a workgroup, as ``(x, y, z)``."""
    workgroup_bytes: int = 0
    """Bytes of ``var<workgroup>`` together, each rounded up to 16."""
    extensions: tuple[str, ...] = ()
    """What it enables, such as ``f16``."""


class WgslLaunch(Plain, frozen=True):
    """One launch of a kernel."""

    kernel: int
    """Index into the plan's kernels."""
    grid: tuple[int, int, int]
    """Workgroups, as ``(x, y, z)``. Along x there may be more than a browser launches along one
    axis: the rest may be laid along z, which is 1."""
    buffers: tuple[int, ...]
    """Index into the plan's buffers for each of the kernel's bindings."""
    uniform: bytes
    """The content of ``PODArgs``: the scalars and the last workgroup along x, 4 bytes each."""


class DeviceBuffer(Plain, frozen=True):
    """A buffer in the GPU's memory."""

    name: str
    """That of the parameter; empty for one that only the kernels use between them."""
    size: int
    """Bytes."""
    dtype: str = ""
    shape: tuple[int, ...] = ()
    content: bytes | None = None
    """What it holds before the first launch; None where that is left open."""
    is_output: bool = False
    """Whether it is sent back."""


class LaunchPlan(Plain, frozen=True):
    """What a browser has to launch: the reply to a ``PlanPart``."""

    function: str
    kernels: tuple[WgslKernel, ...]
    buffers: tuple[DeviceBuffer, ...]
    launches: tuple[WgslLaunch, ...]
    """In the order of the host program."""
    build_seconds: float = 0.0
    """Time to lower the program and write its text."""
    problems: tuple[Problem, ...] = ()
    """Warnings and remarks."""


class ShaderFault(Plain, frozen=True):
    """What the browser's compiler said against a shader."""

    kernel: str
    message: str
    line: int = 0
    """1-based line of the kernel's text, and ``column`` in UTF-16 units; 0 without a place."""
    column: int = 0

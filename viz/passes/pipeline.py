"""Lower an IRModule for a target as ``tvm.compile`` does, up to where the codegens take over.

The steps: bind the target, the target's own pipeline, split host from device, the finalising
passes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import tvm
from tvm.target import Target
from tvm.tirx.build import split_host_device_mods

from viz.errors import LoweringError, VizError
from viz.ir.functions import named
from viz.ir.tvm_errors import TVM_ERRORS
from viz.model import Options, Schedule
from viz.passes.gpu_schedule import is_bound, schedule_for_gpu
from viz.passes.targets import pass_context, row_of, target_of


class Lowered(NamedTuple):
    """The modules that the codegens get, for one target.

    ``devices`` has one entry for a GPU target.
    """

    name: str
    target: Target
    host: tvm.IRModule
    devices: dict[Target, tvm.IRModule]
    scheduled: tvm.IRModule
    schedule: Schedule | None
    named: tuple[str, ...] = ()
    """The private functions that got a symbol, since nothing can be built without."""

    def final(self) -> tvm.IRModule:
        """Return host and device functions in one module."""
        functions = dict(self.host.functions.items())
        for device in self.devices.values():
            functions |= dict(device.functions.items())
        return tvm.IRModule(functions)


def lower(
    mod: tvm.IRModule,
    name: str,
    options: Options = Options(),
    host: str = "",
    instruments: list[Any] | None = None,
) -> Lowered:
    """Lower a module for a target, up to where the codegens take over.

    ``instruments`` see the passes of the build, not those that schedule for a GPU.

    Raises
    ------
    RequestError
        See :func:`target_of` and :func:`pass_context`.
    LoweringError
        When a pass throws, or a GPU target ends without a kernel.
    """
    target = target_of(name, options, host)
    schedule = None
    mod, private = named(mod)
    if row_of(name).gpu:
        with pass_context(options.config):
            mod, schedule = schedule_for_gpu(mod, target)
    with pass_context(options.config, instruments):
        try:
            bound = tvm.tirx.transform.BindTarget(_with_host(target))(mod)
            pipeline, finalize_host, finalize_device = tvm.tirx.get_default_tir_pipeline(target)
            host_mod, device_mods = split_host_device_mods(pipeline(bound))
            host_mod = finalize_host()(host_mod)
            devices = {kind: finalize_device()(device) for kind, device in device_mods.items()}
        except TVM_ERRORS as error:
            raise lowering_error(error, name, mod) from error
    if row_of(name).gpu and not any(len(device.functions) for device in devices.values()):
        title = row_of(name).title
        raise LoweringError(
            f"lowering for {title} left no kernel: nothing in this program is bound to GPU threads",
            hint='Bind a loop: for i in T.thread_binding(128, thread="threadIdx.x").',
        )
    return Lowered(name, target, host_mod, devices, mod, schedule, private)


def _with_host(target: Target) -> Target:
    return target if target.host is not None else target.with_host(target)


EXPLANATIONS: tuple[tuple[str, str, str], ...] = (
    (
        "Unknown device id in current IR",
        "this program is bound to GPU threads, which a CPU target cannot lower",
        "Choose a GPU target (cuda, opencl, metal, webgpu), or write plain loops.",
    ),
    (
        "Did you forget to bind",
        "a GPU buffer is used outside any thread",
        'Bind a loop around it: for i in T.thread_binding(128, thread="threadIdx.x").',
    ),
    (
        "must be called after MakePackedAPI",
        "a private function that another one calls cannot take buffers",
        'Leave out private=True, or give it pointers: p: T.handle("float32").',
    ),
    (
        "Unresolved call",
        "this codegen does not know one of the functions that the program calls",
        "Choose another target, or write the function out.",
    ),
)
"""What TVM's exceptions mean: a part of their text, a message and a hint."""


def lowering_error(error: Exception, name: str, mod: tvm.IRModule | None = None) -> VizError:
    """Return an error with a plain message and a hint for what a pass or codegen threw."""
    if isinstance(error, VizError):
        return error
    # Below the reason TVM adds the whole module.
    text = str(error).partition("\n\nError in pass: ")[0]
    if (
        mod is not None
        and any(_is_threaded(function) for function in mod.functions.values())
        and not row_of(name).gpu
    ):
        _, message, hint = EXPLANATIONS[0]
        return LoweringError(message, hint=hint)
    for sign, message, hint in EXPLANATIONS:
        if sign in text:
            detail = next((line.strip() for line in text.splitlines() if sign in line), "")
            return LoweringError(f"{message} ({_cut(detail)})", hint=hint)
    lines = [
        line.strip() for line in text.splitlines() if line.strip() and not line.startswith("  File")
    ]
    useful = (
        [line for line in lines if "Check failed" in line or "Error" in line]
        or lines
        or [type(error).__name__]
    )
    return LoweringError(f"TVM cannot lower this for {row_of(name).title}: {_cut(useful[-1])}")


def _is_threaded(function: Any) -> bool:
    return isinstance(function, tvm.tirx.PrimFunc) and is_bound(function)


def _cut(line: str, most: int = 300) -> str:
    return line if len(line) <= most else line[: most - 1] + "…"

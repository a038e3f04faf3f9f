"""Lower an IRModule for a target as ``tvm.compile`` does, up to where the codegens take over.

The steps: bind the target, the pipeline of the target or that of TIRx, split host from device, the
finalising passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import tvm
from tvm.ir.instrument import pass_instrument
from tvm.target import Target
from tvm.tirx.build import split_host_device_mods

from viz.errors import LoweringError, VizError
from viz.ir.functions import named
from viz.ir.tvm_errors import TVM_ERRORS
from viz.model import Options, Schedule
from viz.passes.function_roles import for_gpu, is_bound, is_gpu, is_kernel, is_tirx, own_targets
from viz.passes.gpu_schedule import schedule_for_gpu
from viz.passes.host_access import HostAccess, host_accesses
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
    own_targets: Mapping[str, Target] = MappingProxyType({})
    """The targets that stand in the program's own functions, by name: TVM uses them instead."""
    host_accesses: tuple[HostAccess, ...] = ()
    """What the host code touches of the GPU's memory."""

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
    mod, private = named(mod)
    own = own_targets(mod)
    pipeline, finalize_host, finalize_device = _pipeline(mod, target)
    with pass_context(options.config):
        mod, schedule = schedule_for_gpu(mod, target)
    open_passes = _OpenPasses()
    with pass_context(options.config, [*(instruments or ()), open_passes]):
        try:
            bound = tvm.tirx.transform.BindTarget(_with_host(target))(mod)
            host_mod, device_mods = split_host_device_mods(pipeline(_without_hosts(bound)))
            host_mod = finalize_host()(host_mod)
            devices = {kind: finalize_device()(device) for kind, device in device_mods.items()}
        except TVM_ERRORS as error:
            raise lowering_error(error, name, mod, open_passes.innermost()) from error
    touched = host_accesses(mod, host_mod, for_gpu(mod, target))
    lowered = Lowered(name, target, host_mod, devices, mod, schedule, private, own, touched)
    _require_kernels(lowered)
    return lowered


def _pipeline(mod: tvm.IRModule, target: Target) -> tuple[Any, Any, Any]:
    """Return TVM's pipeline for a module, and the passes that finish its two halves.

    Raises
    ------
    LoweringError
        When the functions of the module need two pipelines.
    """
    functions = {str(variable.name_hint): function for variable, function in mod.functions.items()}
    tirx = sorted(name for name, function in functions.items() if is_tirx(function))
    if not tirx:
        return tuple(tvm.tirx.get_default_tir_pipeline(target))
    blocks = sorted(n for n, f in functions.items() if f.attrs and f.attrs.get("s_tir", False))
    if blocks:
        raise LoweringError(
            f"TVM lowers a module by one pipeline, but {tirx[0]} is a TIRx kernel "
            f"and {blocks[0]} is written in blocks",
            hint="Look at one of them: choose a function.",
        )
    return tuple(tvm.tirx.get_tir_pipeline("tirx"))


@pass_instrument
class _OpenPasses:
    """Names the pass that throws; TVM's lists of passes have no name of their own."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def run_before_pass(self, mod: tvm.IRModule, info: Any) -> None:
        self.names.append(str(info.name))

    def run_after_pass(self, mod: tvm.IRModule, info: Any) -> None:
        self.names.pop()

    def innermost(self) -> str:
        """Return the innermost pass that has begun and not ended, or an empty string."""
        return next((name for name in reversed(self.names) if "." in name), "")


def _require_kernels(lowered: Lowered) -> None:
    """Raise a LoweringError where the split has left no kernel, or threads on a CPU."""
    row = row_of(lowered.name)
    has_kernels = any(len(device.functions) for device in lowered.devices.values())
    if not row.gpu:
        if any(_is_threaded(function) for function in lowered.host.functions.values()):
            raise _threads_on_cpu()
    elif not has_kernels and any(not is_gpu(own) for own in lowered.own_targets.values()):
        name, own = next((n, t) for n, t in lowered.own_targets.items() if not is_gpu(t))
        raise LoweringError(
            f"lowering for {row.title} left no kernel: {name} has a target of its own, "
            f"{own.kind.name}, which is a CPU",
            hint='Choose that target, or take "target" out of its T.func_attr.',
        )
    elif not has_kernels:
        raise LoweringError(
            f"lowering for {row.title} left no kernel: nothing in this program is bound to GPU "
            "threads",
            hint='Bind a loop: for i in T.thread_binding(128, thread="threadIdx.x").',
        )


def _threads_on_cpu() -> LoweringError:
    _, message, hint = EXPLANATIONS[0]
    return LoweringError(message, hint=hint)


def _without_hosts(mod: tvm.IRModule) -> tvm.IRModule:
    """Take the host out of the targets of kernels: nothing of what is split is split again."""
    kernels = {
        variable: function.with_attr("target", _without_host(function.attrs["target"]))
        for variable, function in mod.functions.items()
        if is_kernel(function) and is_gpu(function.attrs["target"])
    }
    if not kernels:
        return mod
    return tvm.IRModule({**dict(mod.functions.items()), **kernels}, attrs=mod.attrs)


def _without_host(target: Target) -> Target:
    return Target({key: value for key, value in target.export().items() if key != "host"})


def _with_host(target: Target) -> Target:
    return target if target.host is not None else target.with_host(target)


EXPLANATIONS: tuple[tuple[str, str, str], ...] = (
    (
        "Unknown device id in current IR",
        "this program is bound to GPU threads, which a CPU target cannot lower",
        "Choose a GPU target (cuda, opencl, metal, webgpu; cuda-emulated runs without a GPU), or "
        "write plain loops.",
    ),
    (
        "Did you forget to bind",
        "a GPU buffer is used outside any thread",
        'Bind a loop around it: for i in T.thread_binding(128, thread="threadIdx.x").',
    ),
    (
        # It looks at the first parameter.
        "Index 0 out of bounds 0 (in the pass tirx.VerifyMemory)",
        "memory is used outside any GPU thread, in a function without parameters",
        'Bind a loop around it: for i in T.thread_binding(128, thread="threadIdx.x").',
    ),
    (
        "must be called after MakePackedAPI",
        "a private function that another one calls cannot take buffers",
        'Leave out private=True, or give it pointers: p: T.handle("float32").',
    ),
    (
        "Cannot resolve ScopeIdDef",
        "TVM knows what T.cta_id, T.warp_id and T.thread_id of a TIRx kernel are for CUDA alone",
        "Choose CUDA, or bind loops with T.thread_binding.",
    ),
    (
        "TIRx schedule dispatch failed",
        "TVM has no code for a tile operation on this target with these buffers",
        "Look at the scopes, dtypes and layouts of its buffers, or write the loops out.",
    ),
    (
        "Unresolved call",
        "this codegen does not know one of the functions that the program calls",
        "Choose another target, or write the function out.",
    ),
)
"""What TVM's exceptions mean: a part of their text, a message and a hint."""

GPU_EXPLANATIONS: tuple[tuple[str, str, str], ...] = (
    (
        "Unknown device id in current IR",
        "TVM takes the GPU to launch on from a buffer parameter, and a function here has none",
        'Give it one: A: T.Buffer((64,), "float32").',
    ),
)
"""What they mean for a GPU target, where it is something else."""


def lowering_error(
    error: Exception, name: str, mod: tvm.IRModule | None = None, thrower: str = ""
) -> VizError:
    """Return an error with a plain message and a hint for what a pass or codegen threw.

    ``thrower`` is the name of the pass, if it was one.
    """
    if isinstance(error, VizError):
        return error
    # Below the reason TVM adds the whole module.
    text = str(error).partition("\n\nError in pass: ")[0]
    if (
        mod is not None
        and any(_is_threaded(function) for function in mod.functions.values())
        and not row_of(name).gpu
    ):
        return _threads_on_cpu()
    where = f" (in the pass {thrower})" if thrower else ""
    placed = f"{text.rstrip()}{where}"
    for sign, message, hint in (*(GPU_EXPLANATIONS if row_of(name).gpu else ()), *EXPLANATIONS):
        if sign in placed:
            detail = next((line.strip() for line in placed.splitlines() if sign in line), "")
            return LoweringError(f"{message} ({_cut(detail)})", hint=hint)
    lines = [
        line.strip() for line in text.splitlines() if line.strip() and not line.startswith("  File")
    ]
    useful = (
        [line for line in lines if "Check failed" in line or "Error" in line]
        or lines
        or [type(error).__name__]
    )
    return LoweringError(
        f"TVM cannot lower this for {row_of(name).title}: {_cut(useful[-1])}{where}"
    )


def _is_threaded(function: Any) -> bool:
    return isinstance(function, tvm.tirx.PrimFunc) and is_bound(function)


def _cut(line: str, most: int = 300) -> str:
    return line if len(line) <= most else line[: most - 1] + "…"

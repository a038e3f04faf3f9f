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

from viz.errors import TVM_ERRORS, LoweringError
from viz.ir.functions import named
from viz.messages import message_of
from viz.model import Options, Schedule
from viz.passes.checks.host_access import HostAccess, host_accesses
from viz.passes.checks.memory_scopes import MisplacedBuffer, misplaced, require_known
from viz.passes.checks.tirx_kernels import require_entries
from viz.passes.checks.writable import require_writable
from viz.passes.function_roles import for_gpu, is_gpu, is_kernel, is_tirx, own_targets
from viz.passes.gpu_schedule import schedule_for_gpu
from viz.passes.lowering_error import is_threaded, lowering_error
from viz.passes.pass_recorder import is_named
from viz.passes.targets import pass_context, target_of
from viz.targets.rows import row_of

CALLING_KINDS = ("cuda",)
"""The kinds of GPU targets whose kernels can call functions: other codegens write kernels only."""


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
    misplaced: tuple[MisplacedBuffer, ...] = ()
    """The buffers whose scope their place cannot have."""

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
    require_writable(mod)
    require_known(mod)
    require_entries(mod)
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
    scoped = misplaced(mod, devices, schedule.functions if schedule else ())
    lowered = Lowered(name, target, host_mod, devices, mod, schedule, private, own, touched, scoped)
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
        raise LoweringError(message_of("two-pipelines", kernel=tirx[0], blocks=blocks[0]))
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
        return next((name for name in reversed(self.names) if is_named(name)), "")


def _require_kernels(lowered: Lowered) -> None:
    """Raise a LoweringError where the split has left no kernel, or threads on a CPU."""
    row = row_of(lowered.name)
    has_kernels = any(len(device.functions) for device in lowered.devices.values())
    if not row.gpu:
        if any(is_threaded(function) for function in lowered.host.functions.values()):
            raise LoweringError(message_of("threads-on-cpu"))
    elif not has_kernels and any(not is_gpu(own) for own in lowered.own_targets.values()):
        name, own = next((n, t) for n, t in lowered.own_targets.items() if not is_gpu(t))
        raise LoweringError(
            message_of("kernel-on-cpu", title=row.title, function=name, target=str(own.kind.name))
        )
    elif not has_kernels:
        raise LoweringError(message_of("no-kernel", title=row.title))
    for kind, device in lowered.devices.items():
        helpers = sorted(
            str(gv.name_hint) for gv, f in device.functions.items() if not is_kernel(f)
        )
        if helpers and str(kind.kind.name) not in CALLING_KINDS:
            raise LoweringError(
                message_of("no-device-functions", title=row.title, function=helpers[0])
            )


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

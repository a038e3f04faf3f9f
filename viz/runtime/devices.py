"""Build programs for the devices that they run on: LLVM, C, CUDA, emulated CUDA, Python.

What runs is the text on the screen: for C the emitted text is compiled by the machine's C compiler,
for CUDA the emitted kernels by NVRTC or nvcc, or without a GPU by a C++ compiler against a runtime
that emulates one; for LLVM it is the very module whose IR is shown, and Python is run as it is.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import msgspec
import tvm
import tvm_ffi
from tvm.tirx.build import codegen_build

from viz.codegen import scalar_lanes
from viz.codegen.emit import emit
from viz.codegen.scalable_vectors import takes_vectors_of
from viz.emulator import library as emulator
from viz.errors import TVM_ERRORS, RunError
from viz.harness import opencl, relay
from viz.ir.labels import LOOP_KINDS
from viz.messages import Message, message_of, verbatim
from viz.model import (
    EMULATED,
    OPENCL,
    PYTHON,
    REMOTE,
    Mode,
    Options,
    Problem,
    RunLaunch,
    RunPart,
    catalog,
)
from viz.passes.lowering_error import lowering_error
from viz.passes.pipeline import Lowered, lower
from viz.runtime.build import c_compiler, compile_c, compile_cuda, require_externs
from viz.runtime.checked_c.program import CheckedProgram
from viz.runtime.emulator.cost import limits_of_another
from viz.runtime.emulator.device import Emulation
from viz.runtime.opencl.program import OpenclProgram
from viz.runtime.python_device.program import PythonProgram
from viz.runtime.remote.program import RemoteProgram
from viz.runtime.remote.session import connected

NO_VECTORS = "tirx.disable_vectorize"


class BuiltProgram(NamedTuple):
    """A program built for a device.

    Attributes
    ----------
    module
        Gives a function by its name: ``module["main"]``.
    device
        Where its arrays live.
    ran
        What it runs on, in words.
    lowered
        What a GPU's program was built from.
    """

    module: Any
    device: Any
    ran: Message
    problems: tuple[Problem, ...] = ()
    mode: Mode = ""
    lowered: Lowered | None = None
    takes: Literal["tensors", "arrays", "guarded"] = "tensors"
    """Whether its functions take tensors, NumPy's arrays, or those with the guard zones around."""

    @property
    def ran_all(self) -> bool:
        """Whether the last call ran all of it, so that its outputs are whole."""
        return not isinstance(self.module, Emulation) or self.module.ran_all

    @property
    def launches(self) -> tuple[RunLaunch, ...]:
        """The launches of the last call, where it is emulated."""
        return tuple(self.module.launches) if isinstance(self.module, Emulation) else ()

    @property
    def stopped(self) -> bool:
        """Whether the last call ended in a deadlock."""
        return isinstance(self.module, Emulation) and self.module.stopped


class Device(NamedTuple):
    """A device. ``missing`` returns why it cannot be used here, or None."""

    title: Message
    target: str
    missing: Callable[[], Message | None]
    build: DeviceBuild


class DeviceBuild(Protocol):
    """Build a module for a device with the user's options, to call one of its functions."""

    def __call__(
        self, mod: tvm.IRModule, options: Options, function: str, part: RunPart = ...
    ) -> BuiltProgram:
        """Return the built program.

        Raises
        ------
        RunError, LoweringError
            When it cannot be built.
        """
        ...


def _no_c_compiler() -> Message | None:
    return None if c_compiler() else message_of("missing-c-compiler")


def _no_cuda() -> Message | None:
    return None if tvm.cuda(0).exist else message_of("missing-cuda-device")


def _build_llvm(
    mod: tvm.IRModule, options: Options, function: str, part: RunPart = RunPart()
) -> BuiltProgram:
    require_externs(mod)
    lowered = lower(mod, "llvm", options)
    if not takes_vectors_of(lowered.host, lowered.target):
        raise RunError(message_of("no-scalable-vectors"))
    try:
        built = codegen_build(lowered.host, lowered.target)
    except TVM_ERRORS as error:
        raise lowering_error(error, "llvm", mod) from error
    return BuiltProgram(built, tvm.cpu(), _on_cpu("LLVM"))


def _build_c(
    mod: tvm.IRModule, options: Options, function: str, part: RunPart = RunPart()
) -> BuiltProgram:
    require_externs(mod)
    problems: tuple[Problem, ...] = ()
    if NO_VECTORS not in options.config and _is_vectorized(mod):
        options = msgspec.structs.replace(options, config={**options.config, NO_VECTORS: True})
        problems = (
            Problem(
                code="vectors",
                severity="info",
                what=message_of("vectors-as-loops", option=NO_VECTORS),
            ),
        )
    if scalar_lanes.has_vectors(mod) and (scalars := scalar_lanes.split(mod)) is not None:
        mod = scalars
        problems += (Problem(code="vectors", severity="info", what=message_of("vectors-by-lane")),)
    lowered = lower(mod, "c", options)
    ran = _on_cpu(Path(c_compiler()).name)
    if part.checked:
        checked = CheckedProgram(lowered, options)
        ran = message_of("ran-checked", ran=ran)
        return BuiltProgram(checked, tvm.cpu(), ran, problems, "checked")
    return BuiltProgram(compile_c(emit(lowered).emissions[0].text), tvm.cpu(), ran, problems)


def _is_vectorized(mod: tvm.IRModule) -> bool:
    loops: list[Any] = []
    for function in mod.functions.values():
        tvm_ffi.structural_walk(function.body, (tvm.tirx.For, loops.append), order="pre")
    return any(int(loop.kind) == LOOP_KINDS.index("T.vectorized") for loop in loops)


def _build_cuda(
    mod: tvm.IRModule, options: Options, function: str, part: RunPart = RunPart()
) -> BuiltProgram:
    lowered = lower(mod, "cuda", options, host="llvm")
    return BuiltProgram(
        compile_cuda(lowered),
        tvm.cuda(0),
        verbatim(str(tvm.cuda(0).device_name)),
        lowered=lowered,
    )


def _build_emulated(
    mod: tvm.IRModule, options: Options, function: str, part: RunPart = RunPart()
) -> BuiltProgram:
    chosen = next(f for gv, f in mod.functions.items() if gv.name_hint == function)
    return emulated(mod, options, [str(param.name) for param in chosen.params], part)


def emulated(
    mod: tvm.IRModule, options: Options, parameters: Sequence[str], part: RunPart
) -> BuiltProgram:
    """Build the PrimFuncs of a module for the emulated GPU.

    Parameters
    ----------
    parameters
        The user's names of the parameters of the function that will be called by its name.
    """
    lowered = lower(mod, "cuda", options, host="llvm")
    checked = part.checked or part.cost is not None
    built = Emulation(
        lowered,
        parameters,
        checked=checked,
        order=part.order,
        seed=part.seed,
        cost=part.cost,
        whole=part.wants_outputs,
    )
    whole = checked and not (part.cost and part.cost.budget)
    mode: Mode = "checked" if whole else "fast"
    id_ = "ran-emulated-checked" if whole else "ran-emulated-fast"
    if not part.wants_outputs:
        id_ = "ran-emulated-budget"
    ran = message_of(id_, machine=platform.machine())
    if part.order != "forward":
        ran = message_of("ran-ordered", ran=ran, order=message_of(f"order-{part.order}"))
    problems = limits_of_another(options) if part.cost and not part.cost.arch else []
    return BuiltProgram(built, tvm.cpu(), ran, mode=mode, lowered=lowered, problems=tuple(problems))


def _build_opencl(
    mod: tvm.IRModule, options: Options, function: str, part: RunPart = RunPart()
) -> BuiltProgram:
    lowered = lower(mod, "opencl", options, host="llvm")
    built = OpenclProgram(lowered)
    ran = message_of("ran-opencl", device=built.device)
    return BuiltProgram(built, tvm.cpu(), ran, lowered=lowered, takes="guarded")


def _build_remote(
    mod: tvm.IRModule, options: Options, function: str, part: RunPart = RunPart()
) -> BuiltProgram:
    remote = connected()
    if remote.target == "llvm":
        require_externs(mod)
    if remote.arch and not options.arch:
        options = msgspec.structs.replace(options, arch=remote.arch)
    lowered = lower(mod, remote.target, options, host="llvm")
    built = RemoteProgram(lowered, remote)
    title = catalog.targets()[remote.target].title
    ran = message_of("ran-remote", title=title, name=remote.name)
    return BuiltProgram(built, remote.device, ran, lowered=lowered if lowered.devices else None)


def _build_python(
    mod: tvm.IRModule, options: Options, function: str, part: RunPart = RunPart()
) -> BuiltProgram:
    ran = _on_cpu("Python")
    return BuiltProgram(PythonProgram(mod, function), tvm.cpu(), ran, takes="arrays")


DEVICES: dict[str, Device] = {
    "llvm": Device(message_of("device-llvm"), "llvm", lambda: None, _build_llvm),
    "c": Device(message_of("device-c"), "c", _no_c_compiler, _build_c),
    "cuda": Device(message_of("device-cuda"), "cuda", _no_cuda, _build_cuda),
    EMULATED: Device(message_of("device-cuda-emulated"), "cuda", emulator.missing, _build_emulated),
    OPENCL: Device(message_of("device-opencl"), "opencl", opencl.missing, _build_opencl),
    REMOTE: Device(message_of("device-remote"), "llvm", relay.missing, _build_remote),
    PYTHON: Device(message_of("device-python"), PYTHON, lambda: None, _build_python),
}


def _on_cpu(program: str) -> Message:
    return message_of("ran-on-cpu", program=program, machine=platform.machine())

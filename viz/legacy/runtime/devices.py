"""Build programs of 2024 for the devices that they run on: LLVM, C, CUDA, and emulated CUDA.

What runs is the text on the screen: C is compiled by the machine's C compiler, the kernels of CUDA
by ``nvcc``, or without a GPU by a C++ compiler against the emulator; for LLVM it is the very module
whose IR is shown.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
import tvm
from tvm import tir

from viz.emulator import library as emulator
from viz.errors import TVM_ERRORS, RunError
from viz.harness.compilers import compiler
from viz.harness.dlpack import ExportedArray
from viz.legacy.codegen.emit import emit, write
from viz.legacy.functions import is_bound
from viz.legacy.passes.lowering_error import lowering_error
from viz.legacy.passes.pipeline import lower
from viz.legacy.runtime.c_library import Argument, CLibrary
from viz.legacy.runtime.emulation import LegacyEmulation
from viz.messages import Message, message_of, verbatim
from viz.model import EMULATED, Mode, Options, Problem, RunPart

NO_VECTORS = "tir.disable_vectorize"
VECTORISED = 2
"""``tir.For.kind`` of a loop that is made a vector."""

LONG_SECONDS = 0.5
"""A call that took longer is not repeated to time it."""


class LegacyCallable(Protocol):
    """A built program."""

    def call(self, symbol: str, arguments: Sequence[Argument]) -> int | float | None:
        """Call a function and return what it returns, None where that is nothing."""


class LegacyProgram(NamedTuple):
    """A program built for a device, and what it ran on, in words."""

    program: LegacyCallable
    ran: Message
    problems: tuple[Problem, ...] = ()
    mode: Mode = ""

    def seconds(self, symbol: str, arguments: Sequence[Argument]) -> float | None:
        """Return the mean seconds of a call, after one that warmed it up; None if not measured."""
        if self.mode == "checked":
            return None
        if isinstance(self.program, _OfTvm):
            return self.program.seconds(symbol, arguments)
        began = time.perf_counter()
        self.program.call(symbol, arguments)
        once = time.perf_counter() - began
        if once > LONG_SECONDS:
            return once
        rounds = max(1, min(1000, int(0.01 / max(once, 1e-7))))
        began = time.perf_counter()
        for _ in range(rounds):
            self.program.call(symbol, arguments)
        return (time.perf_counter() - began) / rounds


class LegacyDevice(NamedTuple):
    """A device. ``missing`` returns why it cannot be used here, or None."""

    title: Message
    target: str
    missing: Callable[[], Message | None]
    build: Callable[[tvm.IRModule, Options, str, RunPart], LegacyProgram]
    checks: bool = False
    """Whether it has a checked mode."""


class _OfTvm:
    """A module of TVM's, called with tensors on the CPU or copies of them on a GPU."""

    def __init__(self, module: Any, device: Any) -> None:
        self._module = module
        self._device = device

    def call(self, symbol: str, arguments: Sequence[Argument]) -> int | float | None:
        on_gpu = self._device != tvm.cpu()
        tensors = [_tensor(each) for each in arguments]
        taken = [
            each.copyto(self._device) if on_gpu and isinstance(each, tvm.nd.NDArray) else each
            for each in tensors
        ]
        try:
            value = self._module[symbol](*taken)
            self._device.sync()
        except TVM_ERRORS as error:
            lines = [line for line in str(error).splitlines() if line.strip()]
            reason = lines[-1].strip() if lines else type(error).__name__
            raise RunError(message_of("program-stopped", reason=reason)) from None
        if on_gpu:
            for ours, theirs in zip(tensors, taken, strict=True):
                if isinstance(ours, tvm.nd.NDArray):
                    theirs.copyto(ours)
        return value if isinstance(value, int | float) else None

    def seconds(self, symbol: str, arguments: Sequence[Argument]) -> float | None:
        """Return the mean seconds of a call by TVM's evaluator; None where it fails."""
        tensors = [_tensor(each) for each in arguments]
        if self._device != tvm.cpu():
            tensors = [
                each.copyto(self._device) if isinstance(each, tvm.nd.NDArray) else each
                for each in tensors
            ]
        try:
            evaluator = self._module.time_evaluator(
                symbol, self._device, number=1, repeat=3, min_repeat_ms=2
            )
            return float(evaluator(*tensors).mean)
        except TVM_ERRORS:
            return None


def _tensor(argument: Argument) -> Any:
    if isinstance(argument, ExportedArray):
        return tvm.nd.from_dlpack(argument.__dlpack__())
    return argument


def _build_llvm(mod: tvm.IRModule, options: Options, name: str, part: RunPart) -> LegacyProgram:
    lowered = lower(mod, "llvm", options)
    try:
        built = tvm.get_global_func("target.Build")(lowered.host, lowered.target)
    except TVM_ERRORS as error:
        raise lowering_error(error, "llvm", mod) from error
    return LegacyProgram(_OfTvm(built, tvm.cpu()), _on_cpu("LLVM"))


def _build_c(mod: tvm.IRModule, options: Options, name: str, part: RunPart) -> LegacyProgram:
    problems: tuple[Problem, ...] = ()
    if NO_VECTORS not in options.config and _is_vectorised(mod):
        options = msgspec.structs.replace(options, config={**options.config, NO_VECTORS: True})
        what = message_of("vectors-as-loops", option=NO_VECTORS)
        problems = (Problem(code="vectors", severity="info", what=what),)
    text = emit(lower(mod, "c", options)).emissions[0].text
    return LegacyProgram(CLibrary(text), _on_cpu(Path(compiler("c")).name), problems)


def _is_vectorised(mod: tvm.IRModule) -> bool:
    found: list[bool] = []

    def visit(node: Any) -> None:
        if isinstance(node, tir.For):
            found.append(int(node.kind) == VECTORISED)

    for function in mod.functions.values():
        tir.stmt_functor.post_order_visit(function.body, visit)
    return any(found)


def _build_emulated(mod: tvm.IRModule, options: Options, name: str, part: RunPart) -> LegacyProgram:
    lowered = lower(mod, "cuda", options)
    emulation = LegacyEmulation(
        write(lowered.device, lowered.target),
        write(lowered.host, lowered.host_target()),
        lowered.device,
        checked=part.checked,
        order=part.order,
        seed=part.seed,
    )
    mode: Mode = "checked" if part.checked else "fast"
    id_ = "ran-emulated-checked" if part.checked else "ran-emulated-fast"
    ran = message_of(id_, machine=platform.machine())
    if part.order != "forward":
        ran = message_of("ran-ordered", ran=ran, order=message_of(f"order-{part.order}"))
    return LegacyProgram(emulation, ran, emulation.remarks(), mode=mode)


def _build_cuda(mod: tvm.IRModule, options: Options, name: str, part: RunPart) -> LegacyProgram:
    from tvm.contrib import nvcc

    lowered = lower(mod, "cuda", options, host="llvm")
    # Elsewhere in this process the text alone is asked for.
    compile_cuda = nvcc.tvm_callback_cuda_compile
    tvm.register_func("tvm_callback_cuda_compile", compile_cuda, override=True)
    build = tvm.get_global_func("target.Build")
    try:
        with lowered.target:
            host = build(lowered.host, lowered.host_target())
            host.import_module(build(lowered.device, lowered.target))
    except (*TVM_ERRORS, ImportError) as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        value = lines[-1] if lines else str(error)
        raise RunError(message_of("cuda-not-compiled", value=value)) from None
    return LegacyProgram(_OfTvm(host, tvm.cuda(0)), verbatim(str(tvm.cuda(0).device_name)))


def _no_c_compiler() -> Message | None:
    return None if compiler("c") else message_of("missing-c-compiler")


def _no_cuda() -> Message | None:
    return None if tvm.cuda(0).exist else message_of("missing-cuda-device")


def _on_cpu(program: str) -> Message:
    return message_of("ran-on-cpu", program=program, machine=platform.machine())


DEVICES: dict[str, LegacyDevice] = {
    "llvm": LegacyDevice(message_of("device-llvm"), "llvm", lambda: None, _build_llvm),
    "c": LegacyDevice(message_of("device-c"), "c", _no_c_compiler, _build_c),
    "cuda": LegacyDevice(message_of("device-cuda"), "cuda", _no_cuda, _build_cuda),
    EMULATED: LegacyDevice(
        message_of("device-cuda-emulated"), "cuda", emulator.missing, _build_emulated, checks=True
    ),
}


def needs_gpu(function: Any) -> bool:
    """Whether a function is bound to GPU threads, so that no CPU target takes it."""
    return is_bound(function)

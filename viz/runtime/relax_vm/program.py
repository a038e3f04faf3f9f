"""Build a module with Relax functions: kernels for a device, code for the virtual machine."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tvm
from msgspec.structs import replace
from tvm import relax
from tvm.tirx.build import codegen_build

from viz.codegen.emit import emit
from viz.errors import TVM_ERRORS, RunError
from viz.messages import Message, message_of
from viz.model import EMULATED, Options, RunPart, catalog
from viz.passes.lowering_error import lowering_error
from viz.passes.pipeline import lower
from viz.passes.relax.legalised import LEGALIZE
from viz.passes.relax.lowering import RelaxLowered, lower_relax
from viz.runtime.build import c_compiler, compile_c, require_externs
from viz.runtime.devices import BuiltProgram, emulated
from viz.runtime.emulator.device import Emulation

DEVICES = ("llvm", "c", EMULATED)
"""The devices whose code the virtual machine calls here."""


class VmProgram(NamedTuple):
    """A module on the virtual machine.

    Attributes
    ----------
    ran
        What its kernels run on, in words.
    legalised
        The module after ``LegalizeOps``, when each operator is a call of a PrimFunc.
    functions
        The Relax functions that became code of the machine, by name.
    kernels
        Its kernels where they run on the emulated GPU.
    """

    machine: Any
    ran: Message
    legalised: tvm.IRModule
    functions: Mapping[str, Any]
    kernels: BuiltProgram | None = None

    def call(self, name: str, tensors: Sequence[Any]) -> Any:
        """Call a Relax function; an emulated GPU forgets what ran before."""
        if self.kernels is not None:
            self.kernels.module.begin()
        return self.machine[name](*tensors)


def build(
    mod: tvm.IRModule, device: str, options: Options = Options(), part: RunPart = RunPart()
) -> VmProgram:
    """Lower a module, compile its kernels and load both into the virtual machine.

    The virtual machine runs on the CPU; kernels for a GPU are emulated, in the order in which it
    calls them.

    Raises
    ------
    LoweringError
        When it cannot be lowered.
    RunError
        When there is no C compiler, a kernel cannot be emulated, or the virtual machine does not
        take the code.
    """
    if device == "c" and not c_compiler():
        raise RunError(message_of("missing-c-compiler"))
    target = catalog.devices()[device].target
    upper = lower_relax(mod, target, options)
    if upper.failure is not None:
        raise upper.failure
    library, kernels = None, None
    program = "LLVM" if device == "llvm" else Path(c_compiler()).name
    ran = message_of("ran-on-vm", program=program, machine=platform.machine())
    if upper.kernels.functions:
        require_externs(upper.kernels)
        if device == EMULATED:
            # The virtual machine goes on with what a kernel writes: all of its blocks run.
            kernels = emulated(upper.kernels, options, (), replace(part, keep=True))
            library, ran = kernels.module.host, message_of("ran-kernels-by-vm", ran=kernels.ran)
        else:
            lowered = lower(upper.kernels, target, options)
            is_c = device == "c"
            library = (
                compile_c(emit(lowered).emissions[0].text)
                if is_c
                else codegen_build(lowered.host, lowered.target)
            )
    try:
        linked = relax._ffi_api.VMLink(upper.builder, None, library, [], {})
        # Not by an Executable, which would compile the empty library of a program without kernels.
        machine = relax.VirtualMachine(linked, tvm.cpu())
    except TVM_ERRORS as error:
        raise lowering_error(error, device, mod) from error
    if kernels is not None:
        machine.set_instrument(_memory_of(kernels.module, upper))
    legalised = next((s.after for s in upper.steps if s.name == LEGALIZE), mod)
    functions = {str(variable.name_hint): f for variable, f in upper.functions.items()}
    return VmProgram(machine, ran, legalised, functions, kernels)


def _memory_of(emulation: Emulation, upper: RelaxLowered) -> Any:
    """Return what the virtual machine calls around each of its calls: it tells what kernels get."""
    parameters: Mapping[str, list[str]] = {
        str(variable.name_hint): [str(each.name) for each in function.params]
        for variable, function in upper.kernels.functions.items()
    }

    def instrument(_: Any, name: str, is_before: bool, __: Any, *arguments: Any) -> int:
        if is_before and name in parameters:
            emulation.enter(parameters[name], arguments)
        return 0

    return instrument

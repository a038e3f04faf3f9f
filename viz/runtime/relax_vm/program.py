"""Build a module with Relax functions: its kernels for a CPU, its code for the virtual machine."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any, NamedTuple

import tvm
from tvm import relax
from tvm.tirx.build import codegen_build

from viz.codegen.emit import emit
from viz.errors import TVM_ERRORS, RunError
from viz.messages import Message, message_of
from viz.model import Options
from viz.passes.lowering_error import lowering_error
from viz.passes.pipeline import lower
from viz.passes.relax.lowering import lower_relax
from viz.runtime.build import c_compiler, compile_c, require_externs

DEVICES = ("llvm", "c")
"""The devices whose code the virtual machine calls here."""


class VmProgram(NamedTuple):
    """A module on the virtual machine; ``ran`` says in words what its kernels run on."""

    machine: Any
    ran: Message


def build(mod: tvm.IRModule, device: str, options: Options = Options()) -> VmProgram:
    """Lower a module, compile its kernels for a CPU and load both into the virtual machine.

    Raises
    ------
    LoweringError
        When it cannot be lowered.
    RunError
        When there is no C compiler, or the virtual machine does not take the code.
    """
    if device == "c" and not c_compiler():
        raise RunError(message_of("missing-c-compiler"))
    upper = lower_relax(mod, device, options)
    if upper.failure is not None:
        raise upper.failure
    library = None
    if upper.kernels.functions:
        require_externs(upper.kernels)
        lowered = lower(upper.kernels, device, options)
        if device == "c":
            library = compile_c(emit(lowered).emissions[0].text)
        else:
            library = codegen_build(lowered.host, lowered.target)
    try:
        linked = relax._ffi_api.VMLink(upper.builder, None, library, [], {})
        machine = relax.VirtualMachine(relax.vm_build.VMExecutable(linked), tvm.cpu())
    except TVM_ERRORS as error:
        raise lowering_error(error, device, mod) from error
    program = "LLVM" if device == "llvm" else Path(c_compiler()).name
    return VmProgram(machine, message_of("ran-on-vm", program=program, machine=platform.machine()))

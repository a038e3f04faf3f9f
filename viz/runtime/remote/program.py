"""Build a lowered module for the remote device, send it there, and call its functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tvm.tirx.build import codegen_build

from viz.codegen.emit import write
from viz.errors import TVM_ERRORS
from viz.harness.toolchain import Library, compile_object, compile_ptx, compile_shared
from viz.passes.lowering_error import lowering_error
from viz.passes.pipeline import Lowered
from viz.runtime.remote.packing import packed_imports
from viz.runtime.remote.session import RemoteSession, upload, worded

LIBRARY = "program.so"
"""What the library is called on the remote machine, in the folder of the session."""


_FILE = re.compile(r'^(\s*\.file\s+\d+ )"[^"]*" ("[^"]*")$', re.MULTILINE)
"""The name of a file with its folder, which assemblers other than LLVM's may not know."""


class RemoteProgram:
    """A built program: ``program["main"](*tensors)`` runs it on tensors of the remote device.

    Parameters
    ----------
    lowered
        A module lowered for LLVM, or for CUDA with LLVM as its host.

    Raises
    ------
    LoweringError
        When it cannot be built.
    RunError
        When it cannot be compiled or sent. A call raises it when the connection is lost.
    """

    def __init__(self, lowered: Lowered, remote: RemoteSession) -> None:
        upload(remote.session, library_of(lowered, remote.arch).path, LIBRARY)
        with worded():
            self._module = remote.session.load_module(LIBRARY)

    def __getitem__(self, name: str) -> Callable[..., Any]:
        """Return a function that takes tensors of the remote device and numbers."""
        with worded():
            function = self._module[name]

        def call(*arguments: Any) -> Any:
            with worded():
                return function(*arguments)

        return call

    def time_evaluator(self, *arguments: Any, **options: Any) -> Any:
        """Return a function that measures calls on the remote machine, as TVM's modules do."""
        return self._module.time_evaluator(*arguments, **options)


def library_of(lowered: Lowered, arch: str = "") -> Library:
    """Compile a lowered module to a library, its CUDA kernels for an architecture.

    Raises
    ------
    LoweringError, RunError
        As :class:`RemoteProgram`.
    """
    objects = {}
    try:
        host = codegen_build(lowered.host, lowered.target.host or lowered.target)
        assembly = str(host.inspect_source("asm"))
        for target, device in lowered.devices.items():
            source = write(device, target)
            host.import_module(codegen_build(device, target))
            imports = packed_imports(host, source, compile_ptx(source, arch))
            objects["imports"] = compile_object(imports, "c")
    except TVM_ERRORS as error:
        raise lowering_error(error, lowered.name, lowered.scheduled) from error
    return compile_shared(_FILE.sub(r"\1\2", assembly), "assembly", objects=objects)

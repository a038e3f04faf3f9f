"""Compile stand-ins for the CUDA libraries that a TVM with CUDA links to, where they are missing.

Every function of theirs returns an error, as the libraries do on a machine without a GPU. TVM then
loads, writes CUDA source and says that there is no such device.
"""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from viz.errors import EngineError
from viz.harness.compilers import compiler
from viz.messages import message_of


class CudaLibrary(NamedTuple):
    """A library of CUDA 12 as TVM links to it.

    Attributes
    ----------
    name
        The name by which the dynamic loader looks for it.
    prefix
        What the names of its functions begin with.
    functions
        The functions that TVM calls, without the prefix.
    described
        Those of them that return a text in the place of a status.
    versioned
        Whether its symbols carry the library's name as their version.
    """

    name: str
    prefix: str
    functions: tuple[str, ...]
    described: tuple[str, ...] = ()
    versioned: bool = True


LIBRARIES = (
    CudaLibrary(
        "libcuda.so.1",
        "cu",
        (
            *("DeviceGetName", "FuncSetAttribute", "GetErrorName", "LaunchKernel"),
            *("MemsetD32_v2", "ModuleGetFunction", "ModuleGetGlobal_v2", "ModuleLoadData"),
            *("ModuleUnload", "Init", "DriverGetVersion"),
        ),
        versioned=False,
    ),
    CudaLibrary(
        "libcudart.so.12",
        "cuda",
        (
            *("DeviceGetAttribute", "EventCreate", "EventDestroy", "EventElapsedTime"),
            *("EventRecord", "EventSynchronize", "Free", "FreeHost", "GetDevice"),
            *("GetDeviceCount", "GetDeviceProperties_v2", "GraphDestroy", "GraphExecDestroy"),
            *("GraphInstantiate", "GraphLaunch", "Malloc", "MallocHost", "MemGetInfo"),
            *("MemcpyAsync", "MemcpyPeerAsync", "MemsetAsync", "SetDevice"),
            *("StreamBeginCapture", "StreamCreate", "StreamCreateWithFlags", "StreamDestroy"),
            *("StreamEndCapture", "StreamSynchronize", "StreamWaitEvent"),
        ),
        ("GetErrorString",),
    ),
    CudaLibrary(
        "libnvrtc.so.12",
        "nvrtc",
        (
            *("CompileProgram", "CreateProgram", "DestroyProgram", "GetPTX", "GetPTXSize"),
            *("GetProgramLog", "GetProgramLogSize"),
        ),
        ("GetErrorString",),
    ),
)
"""What TVM 0.17 links to, and calls of it."""

NO_DEVICE = 100
"""CUDA's status for a machine without a device."""


def text_of(library: CudaLibrary) -> str:
    """Return the C text of the stand-in for a library."""
    statuses = (
        f"int {library.prefix}{name}() {{ return {NO_DEVICE}; }}" for name in library.functions
    )
    texts = (
        f'const char *{library.prefix}{name}() {{ return "there is no CUDA on this machine"; }}'
        for name in library.described
    )
    return "\n".join((*statuses, *texts, ""))


def missing() -> list[CudaLibrary]:
    """Return the libraries that the dynamic loader does not find here."""
    return [library for library in LIBRARIES if not is_there(library)]


def is_there(library: CudaLibrary) -> bool:
    """Whether the dynamic loader finds a library."""
    try:
        ctypes.CDLL(library.name)
    except OSError:
        return False
    return True


def compile_into(folder: Path, libraries: Iterable[CudaLibrary]) -> None:
    """Compile stand-ins for some libraries into a folder.

    Raises
    ------
    EngineError
        When there is no C compiler, or it fails.
    """
    program = compiler("c")
    if not program:
        raise EngineError(message_of("legacy-env-compiler"))
    folder.mkdir(parents=True, exist_ok=True)
    for library in libraries:
        source, script = folder / "stub.c", folder / "stub.map"
        source.write_text(text_of(library), encoding="utf-8")
        version = f"{library.name} " if library.versioned else ""
        script.write_text(f"{version}{{ global: *; }};\n", encoding="utf-8")
        done = subprocess.run(
            [
                *(program, "-shared", "-fPIC", "-w", str(source), "-o", str(folder / library.name)),
                *(f"-Wl,-soname,{library.name}", f"-Wl,--version-script,{script}"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        source.unlink()
        script.unlink()
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["?"])[0]
            raise EngineError(message_of("legacy-env-compiler-failed", program=program, said=said))

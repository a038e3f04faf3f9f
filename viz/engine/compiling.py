"""From emitted text to a library: the machine's C compiler, and NVRTC or nvcc for kernels."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tvm
import tvm_ffi
from tvm.tirx.build import codegen_build

from viz.engine.codegen import Lowered
from viz.errors import RunError

COMPILER_SECONDS = 60

EXTERNS = ("tirx.call_extern", "tirx.call_pure_extern")

_VECTOR_TYPE = re.compile(
    r"\b(?:float|half|double|bool|u?(?:char|short|int|long|int\d+_t))(?:2|3|4|8|16|32|64)\b"
)
"""The codegen's ``float4`` and ``int32_t16``, in what a C compiler says."""


def c_compiler() -> str:
    """Return the path of a C compiler, or an empty string."""
    found = (
        shutil.which(name) for name in (os.environ.get("CC", ""), "gcc", "cc", "clang") if name
    )
    return next((path for path in found if path), "")


def compile_c(text: str) -> Any:
    """Compile the emitted C and load it.

    Raises
    ------
    RunError
        When the compiler refuses it, or takes too long.
    """
    # TVM hands out the library it loaded before for a path it has seen, so each build has its own.
    folder = Path(tempfile.mkdtemp(prefix="tirscope-"))
    source, library = folder / "program.c", folder / "program.so"
    source.write_text(text, encoding="utf-8")
    includes = [tvm.libinfo.find_include_path(), *tvm_ffi.libinfo.include_paths()]
    # The codegen writes OpenCL's name for the 16-bit float; C compilers call it _Float16.
    command = [c_compiler(), "-O2", "-shared", "-fPIC", "-w", "-Dhalf=_Float16"]
    command += [f"-I{path}" for path in includes] + [str(source), "-o", str(library), "-lm"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=COMPILER_SECONDS, check=False
        )
        if done.returncode:
            complaint = _complaint(done.stderr)
            vectors = "The codegen writes vector types that no C compiler knows. Choose LLVM."
            raise RunError(
                f"the C compiler refuses the emitted text: {complaint}",
                hint=vectors if _VECTOR_TYPE.search(complaint) else "",
            )
        return tvm.runtime.load_module(str(library))
    except subprocess.TimeoutExpired:
        raise RunError(f"the C compiler took longer than {COMPILER_SECONDS} s") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _complaint(stderr: str) -> str:
    found = re.search(r"program\.c:(\d+):\d+: (?:fatal )?error: (.*)", stderr)
    return (
        f"line {found[1]}: {found[2]}"
        if found
        else (stderr.strip().splitlines() or ["no reason given"])[-1]
    )


def compile_cuda(lowered: Lowered) -> Any:
    """Compile the emitted kernels with NVRTC or nvcc and tie them to their host part.

    Raises
    ------
    RunError
        When they cannot be compiled.
    """
    if shutil.which("nvcc"):
        os.environ.setdefault("TVM_CUDA_COMPILE_MODE", "nvcc")
    try:
        host = codegen_build(lowered.host, lowered.target.host)
        for target, device in lowered.devices.items():
            host.import_module(codegen_build(device, target))
    except (tvm.error.InternalError, ValueError, TypeError, RuntimeError, ImportError) as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise RunError(
            f"the CUDA text could not be compiled: {lines[-1] if lines else error}",
            hint="Install nvcc, or pip install -r requirements-cuda.txt for NVRTC.",
        ) from None
    return host


# ---------------------------------------------------------------- functions of others


def require_externs(mod: tvm.IRModule) -> None:
    """Make sure that the C functions a module calls exist: LLVM and the loader end the process.

    Raises
    ------
    RunError
        When one does not.
    """
    here = {str(variable.name_hint) for variable in mod.functions}
    missing = sorted({name for name in _externs(mod) if name not in here and not _linked(name)})
    if missing:
        raise RunError(
            f"the program calls {missing[0]}, which no library of this process has",
            hint="Its source can be read; to run, it may call functions of the C library.",
        )


def _externs(mod: tvm.IRModule) -> Iterator[str]:
    calls: list[Any] = []
    for function in mod.functions.values():
        tvm_ffi.structural_walk(function, (tvm.ir.Call, calls.append), order="pre")
    for call in calls:
        if str(getattr(call.op, "name", "")) in EXTERNS:
            yield str(call.args[0].value)


def _linked(name: str) -> bool:
    libraries = [ctypes.CDLL(None)]
    try:
        libraries.append(ctypes.CDLL("libm.so.6"))
    except OSError:
        pass  # another C library has its mathematics in itself
    return any(hasattr(library, name) for library in libraries)

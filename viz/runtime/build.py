"""Build emitted text: C with the machine's C compiler, CUDA kernels with NVRTC or nvcc."""

from __future__ import annotations

import ctypes
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import tvm
import tvm_ffi
from tvm.libinfo import find_include_path
from tvm.tirx.build import codegen_build
from tvm_ffi.libinfo import include_paths

from viz.errors import TVM_ERRORS, RunError
from viz.harness.compilers import compiler
from viz.harness.toolchain import Library, compile_shared
from viz.ir.labels import operator
from viz.ir.process_state import prefer_nvcc
from viz.messages import message_of
from viz.passes.pipeline import Lowered

EXTERNS = ("tirx.call_extern", "tirx.call_pure_extern")

_VECTOR_TYPE = re.compile(
    r"\b(?:float|half|double|bool|u?(?:char|short|int|long|int\d+_t))(?:2|3|4|8|16|32|64)\b"
)
"""The codegen's ``float4`` and ``int32_t16``, in a C compiler's diagnostics."""

# The codegen writes OpenCL's name for the 16-bit float; C compilers call it _Float16.
C_FLAGS = ("-O2", "-w", "-Dhalf=_Float16", "-lm")


def c_compiler() -> str:
    """Return the path of a C compiler, or an empty string."""
    return compiler("c")


@cache
def includes() -> tuple[Path, ...]:
    """Return the folders of TVM's C headers.

    Called before the fork: a jailed process cannot see whether a folder exists.
    """
    return tuple(Path(path) for path in (find_include_path(), *include_paths()))


def compile_c(text: str) -> Any:
    """Compile the emitted C and load it.

    Raises
    ------
    RunError
        When the compiler refuses it, or takes too long.
    """
    with explained():
        library = compile_shared(text, "c", flags=C_FLAGS, includes=includes())
    return load(library)


@contextmanager
def explained() -> Iterator[None]:
    """Add a hint to the error of a C compiler that refuses what the codegen wrote."""
    try:
        yield
    except RunError as error:
        if _VECTOR_TYPE.search(error.message):
            raise RunError(error.what, hint=message_of("vector-types")) from None
        raise


def load(library: Library) -> Any:
    """Return a library that follows TVM's calling convention as a module.

    TVM's own ``load_module`` goes by the suffix of a file's name; files in memory have none.
    """
    return tvm_ffi.get_global_func("ffi.Module.load_from_file.so")(library.path, "so")


def compile_cuda(lowered: Lowered) -> Any:
    """Compile the emitted kernels with NVRTC or nvcc and import them into their host module.

    Raises
    ------
    RunError
        When they cannot be compiled.
    """
    if shutil.which("nvcc"):
        prefer_nvcc()
    try:
        host = codegen_build(lowered.host, lowered.target.host)
        for target, device in lowered.devices.items():
            host.import_module(codegen_build(device, target))
    except (*TVM_ERRORS, ImportError) as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise RunError(
            message_of("cuda-not-compiled", value=lines[-1] if lines else str(error)),
        ) from None
    return host


# ---------------------------------------------------------------- extern functions


def require_externs(mod: tvm.IRModule) -> None:
    """Check that the C functions a module calls exist; else LLVM or the loader ends the process.

    Raises
    ------
    RunError
        When one does not exist.
    """
    defined = {str(variable.name_hint) for variable in mod.functions}
    missing = sorted({name for name in _externs(mod) if name not in defined and not _linked(name)})
    if missing:
        raise RunError(
            message_of("missing-externs", missing=missing[0]),
        )


def _externs(mod: tvm.IRModule) -> Iterator[str]:
    calls: list[Any] = []
    for function in mod.functions.values():
        tvm_ffi.structural_walk(function, (tvm.ir.Call, calls.append), order="pre")
    for call in calls:
        if operator(call) in EXTERNS:
            yield str(call.args[0].value)


def _linked(name: str) -> bool:
    libraries = [ctypes.CDLL(None)]
    try:
        libraries.append(ctypes.CDLL("libm.so.6"))
    except OSError:
        pass  # other C libraries contain the mathematical functions
    return any(hasattr(library, name) for library in libraries)

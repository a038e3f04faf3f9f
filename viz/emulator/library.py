"""Compile a translated text with the runtime, load the library and launch its kernels."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from viz.emulator.translate import CudaFunction, NotEmulated, Translation
from viz.errors import RunError
from viz.harness import kept_files
from viz.harness.compilers import compiler
from viz.harness.toolchain import Library, compile_object, compile_shared
from viz.messages import Message, message_of

RUNTIME = Path(__file__).parent / "runtime"

_FLAGS = ("-std=c++17", "-w", "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden")
# Memory is read as any type. Products are not fused with sums: where they would be depends on the
# compiler and on the form of a kernel, and each form gives the same bits.
_ARITHMETIC = ("-fno-strict-aliasing", "-fno-math-errno", "-ffp-contract=off")
_FAST = ("-O2", "-fwrapv")
# Loops over the lanes of a warp become single instructions.
_FAST_WARPS = ("-O3", "-fwrapv")
# Signed overflow calls the functions of runtime/overflow.cpp. In checked mode every access is a
# call, so more optimisation costs compile time and gains nothing.
_CHECKED = ("-O1", "-fsanitize=signed-integer-overflow")
# Kernels that run warps look for overflow themselves.
_CHECKED_WARPS = ("-O3", "-fwrapv")

EXTENSIONS = {
    "f16c": ("-mf16c",),
    "fma": ("-mfma",),
    # Tuned so that values of 32 bytes are moved whole: by halves, the next to read one waits.
    "avx2": ("-mavx2", "-mtune=skylake-avx512"),
}
"""Compiler flags by processor features, named as in ``/proc/cpuinfo``: 16-bit floats and the values
of warps are slow without them."""


class LaunchConfig(ctypes.Structure):
    """The configuration of a launch: ``emulator::Launch`` of the runtime."""

    _fields_ = (
        ("grid", ctypes.c_uint32 * 3),
        ("block", ctypes.c_uint32 * 3),
        ("dynamic_bytes", ctypes.c_uint32),
        ("stack_bytes", ctypes.c_uint32),
        ("fibers", ctypes.c_int32),
        ("warps", ctypes.c_int32),
        ("first_block", ctypes.c_uint32),
        ("last_block", ctypes.c_uint32),
        ("order", ctypes.c_int32),
        ("seed", ctypes.c_uint64),
    )


DONE, NO_MEMORY = 0, 2
"""Results of a launch, ``emulator::Ending``; 1 is that of a deadlock."""

SCALARS: dict[str, Callable[[Any], Any]] = {
    "bool": ctypes.c_bool,
    "signed char": ctypes.c_int8,
    "uchar": ctypes.c_uint8,
    "short": ctypes.c_int16,
    "ushort": ctypes.c_uint16,
    "int": ctypes.c_int32,
    "uint": ctypes.c_uint32,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
    "half": lambda value: ctypes.c_uint16(int(np.float16(value).view(np.uint16))),
}
"""Constructors of scalar arguments by the type's name in the text."""


def missing() -> Message | None:
    """Return why nothing can be emulated on this machine, or None."""
    return None if compiler("c++") and compiler("c") else message_of("missing-cpp-compiler")


@cache
def extensions() -> tuple[str, ...]:
    """Return the compiler flags for this processor's features."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ()
    flags = next((line.split() for line in text.split("\n") if line.startswith("flags")), [])
    return tuple(flag for name, own in EXTENSIONS.items() if name in flags for flag in own)


def build(translation: Translation, *, checked: bool) -> ctypes.CDLL:
    """Compile a translated text and load it.

    Raises
    ------
    RunError
        When there is no compiler, or it refuses the text.
    """
    return build_copies(translation, 1, checked=checked)[0]


def build_copies(translation: Translation, count: int, *, checked: bool) -> tuple[ctypes.CDLL, ...]:
    """Compile a translated text and load it so many times: each copy has its own state.

    Raises
    ------
    RunError
        When there is no compiler, or it refuses the text.
    """
    for function in translation.kernels.values():
        for parameter in function.parameters:
            if not parameter.pointer and parameter.type not in SCALARS:
                raise NotEmulated(
                    message_of("emulate-parameter-type", name=function.name, type=parameter.type)
                )
    flags = (*_FLAGS, *_ARITHMETIC, *_optimisation(translation, checked=checked), *extensions())
    try:
        kernel = compile_object(
            translation.text, "c++", flags=flags, includes=(RUNTIME, RUNTIME / "include")
        )
    except RunError as error:
        raise NotEmulated(
            message_of("emulator-refuses", message=error.message),
        ) from None
    # Linked as C: the runtime needs no C++ library, which a jailed process could not open.
    objects = {"kernel": kernel, "runtime": runtime()}
    return tuple(
        loaded(compile_shared("", "c", flags=("-lm",), objects=objects)) for _ in range(count)
    )


def _optimisation(translation: Translation, *, checked: bool) -> tuple[str, ...]:
    if not checked:
        return _FAST_WARPS if translation.warps else _FAST
    every = len(translation.warps) == len(translation.kernels)
    return _CHECKED_WARPS if every else _CHECKED


@cache
def runtime() -> bytes:
    """Return the object file of the runtime, which no kernel changes: cached, or compiled now.

    A process that forks others calls it first, so that they need not compile it.

    Raises
    ------
    RunError
        When it has to be compiled and cannot be.
    """
    flags = (*_FLAGS, "-O2", *extensions())
    cached = kept_files.folder() / f"runtime-{_key(flags)}.o"
    try:
        return cached.read_bytes()
    except OSError:
        pass  # not compiled yet, or the cache cannot be read
    content = compile_object('#include "runtime.cpp"\n', "c++", flags=flags, includes=(RUNTIME,))
    kept_files.store(cached, content)
    return content


def _key(flags: Sequence[str]) -> str:
    digest = hashlib.sha256(repr((flags, compiler("c++"))).encode())
    for path in sorted(RUNTIME.rglob("*.*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


_loaded: list[Library] = []


def loaded(library: Library) -> ctypes.CDLL:
    """Load a compiled library."""
    _loaded.append(library)  # its file must outlive it
    loaded_library = ctypes.CDLL(library.path)
    loaded_library.emulator_region.argtypes = (
        ctypes.c_void_p,
        ctypes.c_uint64,
        ctypes.c_char_p,
        ctypes.c_int,
    )
    loaded_library.emulator_findings.restype = ctypes.c_void_p
    return loaded_library


class KernelLaunch:
    """Launches a kernel of a loaded library.

    What is the same in every launch is made once: a program may launch a kernel a million times,
    in a process that collects no garbage.
    """

    def __init__(self, library: ctypes.CDLL, kernel: CudaFunction) -> None:
        self._name = kernel.name
        # By attribute: each item of a library is a new function, and one that refers to itself.
        self._function = getattr(library, f"emulator_launch_{kernel.name}")
        self._types: list[Callable[[Any], Any]] = [
            ctypes.c_void_p if parameter.pointer else SCALARS[parameter.type]
            for parameter in kernel.parameters
        ]
        self._addresses = ctypes.c_void_p * len(self._types)
        names = [parameter.name.encode() for parameter in kernel.parameters]
        self._names = (ctypes.c_char_p * len(names))(*names)

    def __call__(self, arguments: Sequence[int | float], config: LaunchConfig) -> bool:
        """Run the kernel and return whether all of its threads finished.

        Parameters
        ----------
        arguments
            In the order of the kernel's parameters: addresses for pointers, numbers for the rest.

        Raises
        ------
        RunError
            When there is no memory for its threads.
        """
        values = [kind(value) for kind, value in zip(self._types, arguments, strict=True)]
        addresses = self._addresses(*map(ctypes.addressof, values))
        ending = self._function(addresses, self._names, ctypes.byref(config))
        if ending == NO_MEMORY:
            raise RunError(message_of("no-memory-for-threads", name=self._name))
        return bool(ending == DONE)

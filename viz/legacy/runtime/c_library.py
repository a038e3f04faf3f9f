"""Compile the C text of host functions of 2024 and call them by their calling convention.

A function gets its arguments as an array of eight bytes each, their type codes and their number.
The header that declares this is our own: that TVM's wheel has none.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from viz.errors import RunError
from viz.harness.dlpack import ExportedArray
from viz.harness.toolchain import Library, compile_shared
from viz.messages import message_of

INCLUDE = Path(__file__).parent / "include"

# The codegen writes OpenCL's name for the 16-bit float; C compilers call it _Float16.
C_FLAGS = ("-O2", "-w", "-Dhalf=_Float16", "-lm")

INTEGER, FLOAT, TENSOR = 0, 2, 7
"""Type codes of arguments."""

Argument = ExportedArray | int | float


class CValue(ctypes.Union):
    """An argument or a result: ``TVMValue`` of the header."""

    _fields_ = (
        ("v_int64", ctypes.c_int64),
        ("v_float64", ctypes.c_double),
        ("v_handle", ctypes.c_void_p),
    )


LaunchFunction = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.POINTER(CValue),
    ctypes.POINTER(ctypes.c_int),
    ctypes.c_int,
)
MemoryFunction = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64)


_KEPT: list[Library] = []
"""What was loaded, which no process unloads: a file in memory must not get the name of another."""


class CLibrary:
    """Host functions that a C compiler has made of their text.

    Parameters
    ----------
    text
        What the C codegen wrote.
    launch
        Called with the name, the values and the type codes of a call of the host's; returns whether
        it worked.
    memory
        Called with the address and bytes of each workspace.

    Raises
    ------
    RunError
        When there is no compiler, or it refuses the text.
    """

    def __init__(
        self,
        text: str,
        launch: Callable[[str, list[CValue], list[int]], bool] | None = None,
        memory: Callable[[int, int], None] | None = None,
    ) -> None:
        library = compile_shared(text, "c", flags=C_FLAGS, includes=(INCLUDE,))
        _KEPT.append(library)
        self._loaded = ctypes.CDLL(library.path)
        self._raised: list[BaseException] = []
        if launch is not None:
            self._launch = LaunchFunction(self._guarded(launch))
            ctypes.c_void_p.in_dll(self._loaded, "tirscope_launch").value = _address(self._launch)
        if memory is not None:
            self._memory = MemoryFunction(lambda address, size: memory(address or 0, size))
            ctypes.c_void_p.in_dll(self._loaded, "tirscope_memory").value = _address(self._memory)

    def call(self, symbol: str, arguments: Sequence[Argument]) -> int | float | None:
        """Call a function and return what it returns, None where that is nothing.

        Raises
        ------
        RunError
            When it stops with an error.
        """
        self._raised.clear()
        values = (CValue * len(arguments))(*map(_value, arguments))
        codes = (ctypes.c_int32 * len(arguments))(*map(_code, arguments))
        result, code = CValue(), ctypes.c_int32(-1)
        status = getattr(self._loaded, symbol)(
            values, codes, len(arguments), ctypes.byref(result), ctypes.byref(code), None
        )
        if self._raised:
            raise self._raised[0]
        if status:
            error = ctypes.c_char_p.in_dll(self._loaded, "tirscope_error").value
            reason = error.decode("utf-8", "replace") if error else f"status {status}"
            raise RunError(message_of("program-stopped", reason=reason))
        if code.value == INTEGER:
            return int(result.v_int64)
        return float(result.v_float64) if code.value == FLOAT else None

    def _guarded(self, launch: Callable[[str, list[CValue], list[int]], bool]) -> Any:
        """Return what C can call: an exception is kept until the host has returned."""

        def called(name: bytes, values: Any, codes: Any, count: int) -> int:
            try:
                return 0 if launch(name.decode(), values[:count], codes[:count]) else -1
            except Exception as error:  # whatever it is, C cannot pass it on
                self._raised.append(error)
                return -1

        return called


def _address(function: Any) -> int | None:
    return ctypes.cast(function, ctypes.c_void_p).value


def _value(argument: Argument) -> CValue:
    if isinstance(argument, ExportedArray):
        return CValue(v_handle=argument.address)
    if isinstance(argument, float):
        return CValue(v_float64=argument)
    return CValue(v_int64=int(argument))


def _code(argument: Argument) -> int:
    if isinstance(argument, ExportedArray):
        return TENSOR
    return FLOAT if isinstance(argument, float) else INTEGER

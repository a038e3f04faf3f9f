"""Make system calls that Python has no function for, through ctypes."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from typing import Any

from viz.messages import message_of


@cache
def _libc() -> Any:
    if sys.platform != "linux":
        raise OSError(message_of("protection-absent", platform=sys.platform))
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def syscall(number: int, *arguments: int | bytes) -> int:
    """Make a system call; bytes are passed by address.

    Raises
    ------
    OSError
        When the kernel refuses, or this is not Linux.
    """
    function = _libc().syscall
    function.restype = ctypes.c_long
    passed = [
        ctypes.c_long(value) if isinstance(value, int) else ctypes.c_char_p(value)
        for value in arguments
    ]
    return _checked(function(ctypes.c_long(number), *passed))


def prctl(option: int, *arguments: int) -> int:
    """Change an attribute of this process, see ``man 2 prctl``.

    Raises
    ------
    OSError
        When the kernel refuses, or this is not Linux.
    """
    padded = [*arguments, *[0] * (4 - len(arguments))]
    return _checked(
        _libc().prctl(ctypes.c_int(option), *(ctypes.c_ulong(value) for value in padded))
    )


def unshare(flags: int) -> None:
    """Enter new namespaces instead of those of the parent, see ``man 2 unshare``.

    Raises
    ------
    OSError
        When the kernel refuses, or this is not Linux.
    """
    _checked(_libc().unshare(ctypes.c_int(flags)))


def capset(header: bytes, data: bytes) -> None:
    """Set the capabilities of this process, see ``man 2 capset``.

    Raises
    ------
    OSError
        When the kernel refuses, or this is not Linux.
    """
    _checked(_libc().capset(ctypes.c_char_p(header), ctypes.c_char_p(data)))

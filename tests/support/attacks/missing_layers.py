"""Deny a layer of the jail to this process and all that it starts, as a kernel without it."""

import ctypes
import errno
import struct

from viz.service.sandbox.kernel import prctl
from viz.service.sandbox.seccomp import ALLOW, EQUAL, ERROR, LOAD, MODE_FILTER, RETURN, SET_SECCOMP
from viz.service.sandbox.syscall_numbers import NUMBERS

NO_NEW_PRIVILEGES = 38
LANDLOCK_CREATE_RULESET, SETRLIMIT = 444, 160


def deny(layer, machine="x86_64"):
    """Let the calls that set up a layer fail, as on a kernel without it."""
    refuse = _instruction(RETURN, ERROR | errno.ENOSYS)
    calls = {
        "landlock": [_instruction(EQUAL, LANDLOCK_CREATE_RULESET, 0, 1), refuse],
        "limits": [
            # prlimit64 with a new limit, which is how the C library sets one
            _instruction(EQUAL, NUMBERS[machine]["prlimit64"], 0, 4),
            _instruction(LOAD, 16 + 8 * 2),
            _instruction(EQUAL, 0, 1, 0),
            refuse,
            _instruction(LOAD, 0),
            _instruction(EQUAL, SETRLIMIT, 0, 1),
            refuse,
        ],
        "seccomp": [
            _instruction(EQUAL, NUMBERS[machine]["prctl"], 0, 3),
            _instruction(LOAD, 16),
            _instruction(EQUAL, SET_SECCOMP, 0, 1),
            refuse,
        ],
    }
    code = b"".join([_instruction(LOAD, 0), *calls[layer], _instruction(RETURN, ALLOW)])
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    holder = ctypes.create_string_buffer(header, len(header))
    prctl(NO_NEW_PRIVILEGES, 1)
    prctl(SET_SECCOMP, MODE_FILTER, ctypes.addressof(holder))


def _instruction(code, value, if_true=0, if_false=0):
    return struct.pack("<HBBI", code, if_true, if_false, value)

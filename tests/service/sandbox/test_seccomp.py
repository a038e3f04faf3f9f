"""The seccomp filters, evaluated as the kernel does, against their tables of system calls."""

import errno
import functools
import struct

import pytest

from viz.service.sandbox import seccomp
from viz.service.sandbox.syscall_numbers import NUMBERS

X86_64 = NUMBERS["x86_64"]


def run_filter(program, machine, number, arguments=()):
    """Evaluate a filter as the kernel does: what ``man 2 seccomp`` says of it."""
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, seccomp.AUDIT_ARCHITECTURE[machine], 0, *words)
    at, value = 0, 0
    while True:
        code, if_true, if_false, k = struct.unpack_from("<HBBI", program, 8 * at)
        at += 1
        if code == seccomp.RETURN:
            return k
        if code == seccomp.LOAD:
            (value,) = struct.unpack_from("<I", data, k)
        else:
            holds = {
                seccomp.EQUAL: value == k,
                seccomp.BITS: bool(value & k),
                seccomp.AT_LEAST: value >= k,
            }
            at += if_true if holds[code] else if_false


@pytest.mark.parametrize("machine", sorted(NUMBERS))
@pytest.mark.parametrize("calls", sorted(seccomp.CALLS))
def test_every_filter_says_what_its_table_says(machine, calls):
    rules = seccomp.CALLS[calls]
    program = seccomp.program(rules, machine)
    assert len(program) // 8 < 4096
    plain = {n for rule in rules if rule.argument < 0 and not rule.never for n in rule.names}
    special = {n for rule in rules if rule.argument >= 0 or rule.never for n in rule.names}
    for name, number in NUMBERS[machine].items():
        result = run_filter(program, machine, number)
        if name in plain - special:
            assert result == seccomp.ALLOW, name
        elif name not in plain | special:
            assert result == seccomp.ERROR | errno.EPERM, name
    for forbidden in (-1, 9999):
        assert run_filter(program, machine, forbidden & 0xFFFF) != seccomp.ALLOW
    assert len(set(NUMBERS[machine].values())) == len(NUMBERS[machine])


def test_conditions_of_rules():
    program = seccomp.program(seccomp.CALLS["closed"], "x86_64")
    run = functools.partial(run_filter, program, "x86_64")
    thread = 0x3D0F00  # what glibc's pthread_create passes
    assert run(X86_64["clone"], (thread,)) == seccomp.ALLOW
    assert run(X86_64["clone"], (17,)) != seccomp.ALLOW
    assert run(X86_64["clone"], (thread | 0x40000000,)) != seccomp.ALLOW
    assert run(X86_64["prlimit64"], (0, 7, 0, 0x7FFF0000)) == seccomp.ALLOW
    assert run(X86_64["prlimit64"], (0, 7, 1 << 32, 0)) != seccomp.ALLOW
    assert [run(X86_64["fcntl"], (0, command)) == seccomp.ALLOW for command in (1, 4, 1030, 8)] == [
        True,
        True,
        True,
        False,
    ]

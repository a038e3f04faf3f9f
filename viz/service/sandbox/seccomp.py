"""Restrict system calls with seccomp; ``man 2 seccomp``.

:data:`CALLS` is the readable table; :func:`program` turns a row of it into the kernel's filter, a
program of a few instructions that reads a call's number and arguments (never what an address points
to). A call that no rule allows fails with "Operation not permitted".
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Iterable
from typing import NamedTuple

from viz.messages import Message, message_of
from viz.service.sandbox.kernel import prctl
from viz.service.sandbox.syscall_numbers import AUDIT_ARCHITECTURE, NUMBERS

SET_SECCOMP, MODE_FILTER = 22, 2

LOAD, EQUAL, BITS, AT_LEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
"""The filter's instructions: load a word, three conditional jumps, return."""

ALLOW, KILL, ERROR = 0x7FFF_0000, 0x8000_0000, 0x0005_0000

X32 = 0x4000_0000
"""The bit in the numbers of x86-64's second system call interface (x32)."""


class CallRule(NamedTuple):
    """When a call is allowed; else it fails with ``error``.

    Attributes
    ----------
    argument
        The number of the argument that is compared, from 0; -1 for none.
    one_of
        The values it may have (its lower 32 bits).
    without
        Bits that it must not have.
    having
        Bits of which it must have one.
    """

    names: tuple[str, ...]
    argument: int = -1
    one_of: tuple[int, ...] = ()
    without: int = 0
    having: int = 0
    never: bool = False
    error: int = errno.EPERM


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WRITING = 0o3 | 0o100 | 0o1000 | 0o2000 | 0o20000000
"""Flags of ``open``: to write, create, truncate, append, or make a temporary file."""

THREAD = 0x0001_0000
NAMESPACES = 0x7E02_0080
"""Flags of ``clone``: a thread of this process; a namespace of its own."""

WORK = CallRule(
    _names(
        "read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask "
        "rt_sigreturn pread64 readv writev sched_yield mremap madvise mincore nanosleep getpid "
        "exit uname sysinfo getuid getgid geteuid getegid getppid sigaltstack gettid futex "
        "sched_getaffinity set_tid_address restart_syscall clock_gettime "
        "clock_getres clock_nanosleep exit_group set_robust_list getrandom rseq getrusage poll "
        "ppoll select pselect6 dup times gettimeofday time getcpu membarrier getrlimit getcwd "
        "getresuid getresgid getgroups epoll_wait epoll_pwait"
    )
)
"""Memory, threads, time, and files that are open already."""

NOTHING = 0
"""No error: the call is skipped, and its caller is told that it succeeded."""

CAREFUL = (
    # Threads set their affinity; by number one could set that of another process.
    CallRule(("sched_setaffinity",), 0, one_of=(0,), error=NOTHING),
    # glibc then falls back to clone, whose flags the filter can read.
    CallRule(("clone3",), never=True, error=errno.ENOSYS),
    # isatty() is then false.
    CallRule(("ioctl",), never=True, error=errno.ENOTTY),
    # F_DUPFD to F_SETFL, F_DUPFD_CLOEXEC.
    CallRule(("fcntl",), 1, one_of=(0, 1, 2, 3, 4, 1030)),
    # PR_SET_NAME, PR_GET_NAME: names of threads; PR_SET_VMA: names of memory.
    CallRule(("prctl",), 0, one_of=(15, 16, 0x53564D41)),
    # Limits may be read: the address of the new limit is null.
    CallRule(("prlimit64",), 2, one_of=(0,)),
)

THREADS = CallRule(("clone",), 0, having=THREAD, without=NAMESPACES)

LOOK = CallRule(
    _names(
        "stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents64 "
        "statfs fstatfs"
    )
)
"""Ask for attributes of files; Landlock or file permissions decide of which."""

OPEN_TO_READ = (CallRule(("openat",), 2, without=WRITING), CallRule(("open",), 1, without=WRITING))

NO_LOOK = CallRule(LOOK.names, never=True, error=errno.ENOENT)
NO_FILES = (CallRule(("openat", "open"), never=True, error=errno.EACCES), NO_LOOK)

AT_EMPTY_PATH = 0x1000
OWN_FILES = CallRule(("newfstatat",), 3, having=AT_EMPTY_PATH, error=errno.ENOENT)
"""The call by which the dynamic loader reads the attributes of an open library.

A path may come along with that flag, so machine code can still test whether a path exists; it
cannot list a folder.
"""

RELAYED = (
    # Skipped: who asks for a socket gets file 0, which is connected already, or is no socket.
    CallRule(("socket", "connect", "setsockopt"), never=True, error=NOTHING),
    # To what it is connected to: no address comes along.
    CallRule(("sendto", "recvfrom"), 4, one_of=(0,)),
)
"""Speak through a socket that was opened before, with a library that opens its sockets itself."""

RECEIVE = CallRule(("recvmsg",))
"""Receive an open file from another process."""

PROGRAMS = CallRule(
    _names(
        "fork vfork clone execve wait4 waitid pipe pipe2 dup2 dup3 openat open chdir fchdir mkdir "
        "mkdirat rmdir unlink unlinkat rename renameat renameat2 chmod fchmod fchmodat umask "
        "ftruncate fallocate fsync utimensat link linkat symlink symlinkat arch_prctl getpgrp "
        "getpgid setpgid memfd_create copy_file_range sendfile close_range pwrite64 sendmsg "
        "getsid kill"
    )
)
"""Start programs and write files; Landlock decides which and where."""

DEVICES = CallRule(
    _names(
        "openat open ioctl fcntl clone mlock munlock get_mempolicy set_mempolicy mbind eventfd2 "
        "epoll_create1 epoll_ctl socketpair memfd_create ftruncate fallocate mkdir mkdirat unlink "
        "unlinkat sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min "
        "pipe2 pipe sendmsg recvmsg pwrite64 prctl"
    )
)
"""The calls of a GPU's driver; Landlock decides which files."""

GPU_CAREFUL = ("clone3", "prlimit64", "sched_setaffinity")

CALLS: dict[str, tuple[CallRule, ...]] = {
    "closed": (WORK, THREADS, *NO_FILES, RECEIVE, *CAREFUL),
    "library": (WORK, THREADS, *OPEN_TO_READ, OWN_FILES, NO_LOOK, RECEIVE, *CAREFUL),
    "relayed": (
        WORK,
        THREADS,
        *OPEN_TO_READ,
        OWN_FILES,
        NO_LOOK,
        RECEIVE,
        *RELAYED,
        *CAREFUL,
    ),
    "python": (WORK, THREADS, *OPEN_TO_READ, LOOK, *CAREFUL),
    "compiler": (
        WORK,
        LOOK,
        PROGRAMS,
        *(rule for rule in CAREFUL if rule.names != ("fcntl",)),
        CallRule(("fcntl", "flock")),
    ),
    "opencl": (
        WORK,
        LOOK,
        PROGRAMS,
        # Files of compiled kernels, which are gone with the process.
        CallRule(("fdatasync",), never=True, error=NOTHING),
        *(rule for rule in CAREFUL if rule.names != ("fcntl",)),
        CallRule(("fcntl", "flock")),
    ),
    "gpu": (
        WORK,
        LOOK,
        DEVICES,
        *(rule for rule in CAREFUL if rule.names[0] in GPU_CAREFUL),
    ),
}
"""The rules of each kind of process. Where two rules name a call, the first applies."""


def restrict(calls: str, own: int) -> Message:
    """Refuse every system call but those of a row, for this process and all that it starts.

    Parameters
    ----------
    calls
        The row of :data:`CALLS`.
    own
        The number of this process, the only one to which ``tgkill`` may send signals: ``abort``
        needs that.

    Returns
    -------
    What is allowed, in words.

    Raises
    ------
    OSError
        When the kernel refuses, or its architecture has no table here.
    """
    rules = (*CALLS[calls], CallRule(("tgkill",), 0, one_of=(own,)))
    filtered = program(rules, platform.machine())
    buffer = ctypes.create_string_buffer(filtered, len(filtered))
    header = struct.pack("@HxxxxxxQ", len(filtered) // 8, ctypes.addressof(buffer))
    holder = ctypes.create_string_buffer(header, len(header))
    prctl(SET_SECCOMP, MODE_FILTER, ctypes.addressof(holder))
    return message_of("seccomp-on", calls=calls)


def program(rules: Iterable[CallRule], machine: str) -> bytes:
    """Return the filter for some rules, for a machine as ``platform.machine()`` names it.

    Raises
    ------
    OSError
        When there is no table for the machine.
    """
    if machine not in NUMBERS:
        raise OSError(message_of("seccomp-absent", machine=machine))
    numbers = NUMBERS[machine]
    code = [
        _instruction(LOAD, 4),
        _instruction(EQUAL, AUDIT_ARCHITECTURE[machine], 1, 0),
        _instruction(RETURN, KILL),
        _instruction(LOAD, 0),
    ]
    if machine == "x86_64":
        code += [_instruction(AT_LEAST, X32, 0, 1), _instruction(RETURN, KILL)]
    done: set[str] = set()
    for rule in rules:
        body = _body(rule)
        for name in rule.names:
            if name in done or name not in numbers:
                continue
            done.add(name)
            code += [_instruction(EQUAL, numbers[name], 0, len(body)), *body]
    code.append(_instruction(RETURN, ERROR | errno.EPERM))
    return b"".join(code)


def _body(rule: CallRule) -> list[bytes]:
    """Return the instructions after the call's number matched; every path ends with a return."""
    allow, refuse = _instruction(RETURN, ALLOW), _instruction(RETURN, ERROR | rule.error)
    if rule.never:
        return [refuse]
    if rule.argument < 0:
        return [allow]
    # The low word of an argument: 64 bits each, after number, architecture and address.
    low = 16 + 8 * rule.argument
    if rule.one_of == (0,):
        # An address: both halves must be zero.
        return [
            _instruction(LOAD, low),
            _instruction(EQUAL, 0, 0, 3),
            _instruction(LOAD, low + 4),
            _instruction(EQUAL, 0, 0, 1),
            allow,
            refuse,
        ]
    code = [_instruction(LOAD, low)]
    for left, value in zip(range(len(rule.one_of), 0, -1), rule.one_of, strict=True):
        # Jump over the remaining values and the refusal, to the permission.
        code.append(_instruction(EQUAL, value, left, 0))
    if rule.one_of:
        return [*code, refuse, allow]
    if rule.having:
        code.append(_instruction(BITS, rule.having, 0, 2))
    code.append(_instruction(BITS, rule.without, 1, 0))
    return [*code, allow, refuse]


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)

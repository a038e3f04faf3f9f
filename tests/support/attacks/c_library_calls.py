"""List functions of the C library that machine code might call, one for each kind of harm.

With the gate on the IR none of them runs; with it off the jail must make them harmless.
"""

HEAD = '@T.prim_func\ndef f(A: T.Buffer((4,), "int32")):\n'

# What is called, and its arguments.
CALLED = {
    "a fork": ("fork", ""),
    "forks without end": ("fork", "", "while A[0] == A[0]:"),
    "a signal to everybody": ("kill", "-1, 9"),
    "a signal to its group": ("killpg", "0, 9"),
    "a signal to the fork server's group": ("kill", "-2, 9"),
    "a stop of itself": ("raise", "19"),
    "a signal that is queued": ("sigqueue", "1, 9, 0"),
    "a socket": ("socket", "2, 1, 0"),
    "a local socket": ("socket", "1, 1, 0"),
    "a pair of sockets": ("socketpair", "1, 1, 0, A.data"),
    "a link": ("link", '"/etc/passwd", "MARKER"'),
    "a symbolic link": ("symlink", '"/etc/passwd", "MARKER"'),
    "a file": ("creat", '"MARKER", 511'),
    "a folder": ("mkdir", '"MARKER", 511'),
    "a pipe with a name": ("mkfifo", '"MARKER", 511'),
    "a device": ("mknod", '"MARKER", 8630, 259'),
    "a truncated file": ("truncate", '"MARKER", 0'),
    "a renamed file": ("rename", '"/etc/hostname", "MARKER"'),
    "an opened stream": ("fopen", '"MARKER", "w"'),
    "a program by popen": ("popen", '"touch MARKER", "r"'),
    "a program in its place": ("execl", '"/bin/touch", "touch", "MARKER", 0'),
    "another root": ("chroot", '"/tmp"'),
    "another session": ("setsid", ""),
    "another group": ("setpgid", "0, 0"),
    "root again": ("setuid", "0"),
    "a mount": ("mount", '"none", "/tmp", "tmpfs", 0, 0'),
    "namespaces": ("unshare", "0x10000000"),
    "a watched parent": ("ptrace", "16, 1, 0, 0"),
    "life without its parent": ("prctl", "1, 0, 0, 0, 0"),
    "rights back": ("prctl", "38, 0, 0, 0, 0"),
    "limits raised": ("setrlimit", "7, A.data"),
    "a higher priority": ("setpriority", "0, 0, -20"),
    "processors of its parent": ("sched_setaffinity", "1, 8, A.data"),
    "memory that is a file": ("memfd_create", '"x", 0'),
    "shared memory": ("shmget", "7, 4096, 950"),
    "a message queue": ("msgget", "7, 950"),
    "a clock that is set": ("settimeofday", "A.data, 0"),
    "a host's name": ("sethostname", '"mine", 4'),
    "a keyring": ("syscall", "250, 0, -3, 0"),
    "rings": ("syscall", "425, 8, A.data"),
    "a timer that outlives it": ("alarm", "1"),
    "an end in the middle": ("_exit", "0"),
    "an end that looks right": ("exit", "0"),
    "its files closed": ("close_range", "0, 1000, 0"),
    "frames of its own": ("dprintf", '3, "\\\\x7f\\\\xff\\\\xff\\\\x7f{}"'),
    "words for the log": ("dprintf", '2, "\\\\n{\\"event\\": \\"ticket\\"}\\\\n"'),
}  # fmt: skip


def _program(name: str, arguments: str, *before: str) -> str:
    comma = ", " if arguments else ""
    lines = [*before, f'A[0] = T.call_extern("int32", "{name}"{comma}{arguments})']
    return HEAD + "".join(f"{'    ' * (depth + 1)}{line}\n" for depth, line in enumerate(lines))


CALLS = {f"{title} ({row[0]})": _program(*row) for title, row in CALLED.items()}

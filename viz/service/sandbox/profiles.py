"""Define the profiles: the limits, files and system calls of each kind of process."""

from __future__ import annotations

from typing import NamedTuple

GIB = 1 << 30
MIB = 1 << 20


class Profile(NamedTuple):
    """The restrictions of one kind of process.

    Attributes
    ----------
    seconds
        On the wall's clock, for one request.
    processor
        Seconds of processor time, for the whole process.
    memory
        Bytes of address space beyond what the process starts with; 0 for no limit.
    written
        The largest file it may write, bytes.
    opened
        Files it may have open at once.
    calls
        The row of :data:`viz.service.sandbox.seccomp.CALLS`.
    reads, executes
        The names of the sets of paths that it may open; the engine fills them in.
    needs
        The layers without which it does not start, unless the owner overrides it.
    """

    name: str
    seconds: float
    processor: int
    memory: int
    written: int
    opened: int
    calls: str
    reads: tuple[str, ...] = ()
    executes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


PROFILES: dict[str, Profile] = {
    row.name: row
    for row in (
        Profile("view", 120, 240, 2 * GIB, 0, 64, "closed"),
        Profile(
            "run-library",
            60,
            120,
            1 * GIB,
            0,
            64,
            "library",
            needs=("limits", "seccomp"),
        ),
        Profile(
            "compile",
            60,
            60,
            2 * GIB,
            256 * MIB,
            64,
            "compiler",
            reads=("system", "headers"),
            executes=("compiler",),
            needs=("limits", "seccomp", "landlock"),
        ),
        Profile(
            "run-python",
            60,
            60,
            1 * GIB,
            0,
            64,
            "python",
            reads=("system", "python"),
            needs=("limits", "seccomp", "landlock", "identity"),
        ),
        Profile(
            "run-opencl",
            60,
            120,
            4 * GIB,
            64 * MIB,
            64,
            "opencl",
            reads=("system", "python", "opencl"),
            executes=("linker",),
            needs=("limits", "seccomp", "landlock", "identity"),
        ),
        Profile(
            "run-remote",
            60,
            120,
            1 * GIB,
            0,
            64,
            "relayed",
            needs=("limits", "seccomp", "landlock"),
        ),
        Profile(
            "gpu",
            60,
            120,
            0,
            64 * MIB,
            1024,
            "gpu",
            reads=("system", "python", "devices"),
            needs=("limits", "seccomp", "landlock"),
        ),
        Profile("look", 60, 60, 0, GIB, 1024, "any"),
    )
}

"""Restrict files and TCP with Landlock; ``man 7 landlock``, Linux 5.13 or later."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from viz.messages import Message, message_of
from viz.service.sandbox.kernel import syscall

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The calls' numbers, the same on every architecture."""

RULESET_VERSION = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15

RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: TRUNCATE, 5: IOCTL_DEV}
"""The file rights that each version of the interface added."""

NETWORK_SINCE, NETWORK = 4, 0b11
"""Binding and connecting TCP sockets."""

SCOPES_SINCE, SCOPES = 6, 0b11
"""Abstract Unix sockets and signals that lead out of the jail."""

OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
"""The rights that a rule about a file, not a folder, may have."""


class Grants(NamedTuple):
    """Paths that stay allowed; everything else is refused. Paths that do not exist are skipped."""

    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    executes: Sequence[str] = ()


def version() -> int:
    """Return the version of the kernel's Landlock.

    Raises
    ------
    OSError
        When it has no Landlock, or Landlock is switched off.
    """
    return syscall(CREATE_RULESET, 0, 0, RULESET_VERSION)


def restrict(grants: Grants) -> Message:
    """Refuse every file but those granted, for this process and all that it starts.

    Open files in memory stay usable, since they are in no folder.

    Returns
    -------
    What was refused, in words.

    Raises
    ------
    OSError
        When the kernel has no Landlock.
    """
    known = version()
    handled = sum(rights for since, rights in RIGHTS.items() if since <= known)
    attributes = struct.pack(
        "<QQQ",
        handled,
        NETWORK if known >= NETWORK_SINCE else 0,
        SCOPES if known >= SCOPES_SINCE else 0,
    )
    size = 24 if known >= SCOPES_SINCE else 16 if known >= NETWORK_SINCE else 8
    ruleset = syscall(CREATE_RULESET, attributes, size, 0)
    try:
        rows = (
            (grants.reads, READ_FILE | READ_DIR),
            (grants.executes, READ_FILE | EXECUTE),
            (grants.writes, handled & ~EXECUTE),
        )
        for paths, rights in rows:
            for path in paths:
                _allow(ruleset, path, rights & handled)
        syscall(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    id_ = "landlock-on-network" if known >= NETWORK_SINCE else "landlock-on"
    return message_of(id_, version=known)


def _allow(ruleset: int, path: str, rights: int) -> None:
    with _opened(path) as descriptor:
        if descriptor is None:
            return
        if not Path(path).is_dir():
            rights &= OF_FILES
        syscall(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("<Qi", rights, descriptor), 0)


@contextmanager
def _opened(path: str) -> Iterator[int | None]:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)

"""Give up root and all capabilities, gain none by set-user-ID programs, die with the parent."""

from __future__ import annotations

import os
import signal
import struct

from viz.messages import Message, message_of
from viz.service.sandbox.kernel import capset, prctl

SET_DEATH_SIGNAL, SET_DUMPABLE, SET_NO_NEW_PRIVILEGES = 1, 4, 38

FIRST_USER, USERS = 61184, 4336
"""The user numbers that systemd gives to services with dynamic users; mostly unused."""

NOBODY = 65534

TASKS = 256
"""Processes and threads that a job's user may have, in addition to two for each processor."""

CAPABILITY_VERSION = 0x2008_0522


def user_of(job: int) -> int:
    """Return the user number for a job; jobs that run at the same time have different ones."""
    return FIRST_USER + job % USERS


def restrict(user: int | None) -> Message:
    """Give up root for a user without rights, and every capability.

    Parameters
    ----------
    user
        The user number to change to; None to keep the present one.

    Returns
    -------
    The new identity, in words.

    Raises
    ------
    OSError
        When the process was root and could not change.
    """
    if os.geteuid() == 0 and user is not None:
        try:
            _become(user)
        except OSError:
            _become(NOBODY)  # a container may know 65,536 users or fewer
        else:
            _limit_tasks()
    _drop_capabilities()
    prctl(SET_DUMPABLE, 0)
    # After the change of user, which undoes it.
    prctl(SET_DEATH_SIGNAL, signal.SIGKILL)
    return message_of("identity-on", user=os.geteuid())


def no_new_privileges() -> Message:
    """Keep set-user-ID programs from having more rights than this process.

    Returns
    -------
    What was done, in words.

    Raises
    ------
    OSError
        When the kernel refuses.
    """
    prctl(SET_NO_NEW_PRIVILEGES, 1)
    return message_of("privileges-on")


def _limit_tasks() -> None:
    """Limit the tasks of this user, which no other process may share: theirs would count too."""
    import resource

    most = TASKS + 2 * (os.cpu_count() or 1)
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def _become(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _drop_capabilities() -> None:
    capset(struct.pack("<Ii", CAPABILITY_VERSION, 0), bytes(24))

"""Limit processor time, memory and files: ``man 2 setrlimit``.

The limit by the wall's clock is kept outside: by :mod:`viz.service.client.worker_stream`.
"""

from __future__ import annotations

from pathlib import Path

from viz.messages import Message, message_of
from viz.service.sandbox.profiles import Profile


def restrict(profile: Profile) -> Message:
    """Set the limits of a profile for this process and all it starts.

    The limit of memory is added to what is mapped already, which is much in a fork of a process
    that has imported TVM.

    Returns
    -------
    What was limited, in words.

    Raises
    ------
    OSError
        Where the system has no such limits.
    """
    try:
        import resource
    except ImportError:
        raise OSError(message_of("limits-absent")) from None
    memory = resource.RLIM_INFINITY if not profile.memory else mapped() + profile.memory
    rows = {
        resource.RLIMIT_CORE: 0,
        # One second later comes SIGKILL, which cannot be caught.
        resource.RLIMIT_CPU: profile.processor,
        resource.RLIMIT_FSIZE: profile.written,
        resource.RLIMIT_NOFILE: profile.opened,
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_DATA: memory,
    }
    for limit, value in rows.items():
        _, most = resource.getrlimit(limit)
        hard = value + 1 if limit == resource.RLIMIT_CPU else value
        if most != resource.RLIM_INFINITY:
            value, hard = (
                most if wanted == resource.RLIM_INFINITY else min(wanted, most)
                for wanted in (value, hard)
            )
        try:
            resource.setrlimit(limit, (value, hard))
        except ValueError as error:
            raise OSError(str(error)) from None
    return message_of("limits-on")


def mapped() -> int:
    """Return the size of this process's address space, bytes."""
    import resource

    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
    except FileNotFoundError:
        return 1 << 40  # macOS neither tells nor enforces it
    return pages * resource.getpagesize()

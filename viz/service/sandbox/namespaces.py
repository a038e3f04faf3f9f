"""Enter empty namespaces: a network without interfaces, own shared memory and host name."""

from __future__ import annotations

import os
from pathlib import Path

from viz.messages import Message, message_of
from viz.service.sandbox.kernel import unshare

NEW_UTS, NEW_IPC, NEW_USER, NEW_NETWORK = 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x4000_0000


def restrict() -> Message:
    """Give this process, and all that it starts, an empty network.

    A process that is not root enters a user namespace as well, which permits the others.

    Returns
    -------
    What was done, in words.

    Raises
    ------
    OSError
        When the kernel refuses, as it often does inside a container.
    """
    wanted = NEW_NETWORK | NEW_IPC | NEW_UTS
    try:
        unshare(wanted)
    except PermissionError:
        user, group = os.getuid(), os.getgid()
        unshare(wanted | NEW_USER)
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            Path(f"/proc/self/{name}").write_text(text, encoding="ascii")
        return message_of("network-on-namespace")
    return message_of("network-on")

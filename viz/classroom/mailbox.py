"""Hold for a listener the latest event of each kind that it has not been sent yet.

A listener that reads slowly, or never, costs as much memory as one event of each kind: a newer one
takes the place of an older one.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Mailbox:
    """What one listener is to be sent.

    Parameters
    ----------
    wake
        Called when there is something to send, or the mailbox is closed.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._latest: dict[str, bytes] = {}
        self.is_closed = False
        """Whether nothing comes after what is in it."""

    def put(self, kind: str, event: bytes) -> None:
        """Put an event in the place of an older one of its kind; a closed mailbox takes none."""
        if self.is_closed:
            return
        self._latest.pop(kind, None)
        self._latest[kind] = event
        self._wake()

    def take(self) -> list[bytes]:
        """Return and forget what is in it, the oldest first."""
        taken = list(self._latest.values())
        self._latest.clear()
        return taken

    def close(self) -> None:
        """Let nothing come after what is in it."""
        self.is_closed = True
        self._wake()


def event(kind: str, **fields: object) -> bytes:
    """Return an event as JSON."""
    return msgspec.json.encode({"kind": kind, **fields})

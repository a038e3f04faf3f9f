"""What the browser says of a session's workspace, until a page of that session asks for it.

The workbench asks over HTTP and Streamlit's pages run in threads of their own; here they meet.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 2000
"""Sessions that are remembered; the longest silent one is dropped first."""


class Spaces(Generic[T]):
    """The latest word of each session. Any thread may use it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._said: OrderedDict[str, T] = OrderedDict()

    def put(self, session: str, space: T) -> None:
        """Keep what a session says."""
        with self._lock:
            self._said[session] = space
            self._said.move_to_end(session)
            while len(self._said) > self._most:
                self._said.popitem(last=False)

    def take(self, session: str) -> T | None:
        """Return what a session said since it was last asked for, or None."""
        with self._lock:
            return self._said.pop(session, None)

"""Keep the latest workspace of each browser session, as its workbench sent it.

The workbench sends workspaces over HTTP, and Streamlit runs each page in a thread of its own: a
page takes from here what the workbench of the same session has sent since.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 2000
"""Sessions that are kept; the one that has sent nothing for the longest time is dropped first."""


class WorkspaceStore(Generic[T]):
    """The latest workspace of each session that no page has taken yet. Any thread may use it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._latest: OrderedDict[str, T] = OrderedDict()

    def put(self, session: str, workspace: T) -> None:
        """Keep a session's workspace in place of an older one."""
        with self._lock:
            self._latest[session] = workspace
            self._latest.move_to_end(session)
            while len(self._latest) > self._most:
                self._latest.popitem(last=False)

    def take(self, session: str) -> T | None:
        """Return and forget a session's workspace; None where nothing came since the last call."""
        with self._lock:
            return self._latest.pop(session, None)

"""Answers kept by the content of their request."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

from viz.model import EnvironmentPart, Request, RunPart, encode

MOST_BYTES = 128 << 20

ENTRY_BYTES = 256
"""What keeping an answer takes besides the answer: two keys, their objects, the table's slot."""


class Cache:
    """Answers by content hash of their request, the least used dropped first.

    A process asks one engine only, so the engine's version needs no place in the key.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._size = 0
        self._answers: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    @staticmethod
    def key(request: Request) -> bytes:
        """Return the same bytes for requests that are the same, and for no others.

        Raises
        ------
        UnicodeEncodeError
            For half a surrogate pair, which JSON cannot hold.
        """
        return hashlib.sha256(encode(request)).digest()

    def get(self, request: Request) -> bytes | None:
        """Return the JSON of an answer, or None."""
        return self.find(self.key(request))

    def find(self, key: bytes) -> bytes | None:
        """Return the JSON of the answer to the request of that key, or None."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def put(self, request: Request, answer: bytes) -> None:
        """Keep an answer. Runs and looks at the machine are not kept: asking again means it."""
        self.keep(self.key(request), request, answer)

    def keep(self, key: bytes, request: Request, answer: bytes) -> None:
        """Do what :meth:`put` does for a request whose key is known."""
        if isinstance(request.part, RunPart | EnvironmentPart) or len(answer) > self._most:
            return
        with self._lock:
            if key in self._answers:
                self._size -= len(self._answers.pop(key)) + ENTRY_BYTES
            self._answers[key] = answer
            self._size += len(answer) + ENTRY_BYTES
            while self._size > self._most:
                self._size -= len(self._answers.popitem(last=False)[1]) + ENTRY_BYTES

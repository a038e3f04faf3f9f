"""Answers kept by the content of their request."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

from viz.model import EnvironmentPart, Request, RunPart, encode

MOST_BYTES = 128 << 20


class Cache:
    """Answers by content hash of their request, the least used dropped first.

    A process asks one engine only, so the engine's version needs no place in the key.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._size = 0
        self._answers: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, request: Request) -> bytes | None:
        """Return the JSON of an answer, or None."""
        with self._lock:
            key = self._key(request)
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def put(self, request: Request, answer: bytes) -> None:
        """Keep an answer. Runs and looks at the machine are not kept: asking again means it."""
        if isinstance(request.part, RunPart | EnvironmentPart) or len(answer) > self._most:
            return
        with self._lock:
            key = self._key(request)
            self._size += len(answer) - len(self._answers.pop(key, b""))
            self._answers[key] = answer
            while self._size > self._most:
                self._size -= len(self._answers.popitem(last=False)[1])

    @staticmethod
    def _key(request: Request) -> bytes:
        return hashlib.sha256(encode(request)).digest()

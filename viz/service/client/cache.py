"""Keep answers in memory by the content of their request, the least recently used dropped first."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

from viz.model import (
    ComputedPart,
    EnvironmentPart,
    PlanPart,
    RecordPart,
    Request,
    RunPart,
    encode,
)

MOST_BYTES = 128 << 20
"""Memory that the answers and their table may take."""

ENTRY_BYTES = 256
"""Overhead of one entry beside the answer: two keys, their objects, the table's slot."""

REPEATED = (RunPart, PlanPart, ComputedPart, RecordPart, EnvironmentPart)
"""The parts whose answers are not kept."""


class Cache:
    """Answers by the SHA-256 of their request, for several threads.

    A process uses one engine only, so the engine's version is not part of the key.

    Parameters
    ----------
    most_bytes
        Memory that the answers and their table may take.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._size = 0
        self._answers: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    @staticmethod
    def key(request: Request) -> bytes:
        """Return the hash of a request's JSON; equal requests have equal keys.

        Raises
        ------
        UnicodeEncodeError
            When a text holds a lone surrogate, which JSON cannot encode.
        """
        return hashlib.sha256(encode(request)).digest()

    def get(self, request: Request) -> bytes | None:
        """Return the answer to a request as JSON, or None."""
        return self.find(self.key(request))

    def find(self, key: bytes) -> bytes | None:
        """Return the answer to the request with this key as JSON, or None."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def put(self, request: Request, answer: bytes) -> None:
        """Store an answer. Runs and environments are not stored: each request repeats them."""
        self.keep(self.key(request), request, answer)

    def keep(self, key: bytes, request: Request, answer: bytes) -> None:
        """Store an answer as :meth:`put` does, for a request whose key is known."""
        repeated = isinstance(request.part, REPEATED)
        if repeated or len(answer) > self._most:
            return
        with self._lock:
            if key in self._answers:
                self._size -= len(self._answers.pop(key)) + ENTRY_BYTES
            self._answers[key] = answer
            self._size += len(answer) + ENTRY_BYTES
            while self._size > self._most:
                self._size -= len(self._answers.popitem(last=False)[1]) + ENTRY_BYTES

"""Define the messages between the caller, the fork server and its workers, and read and write them.

Everything is JSON of known types; nothing is ever unpickled. On a stream each message is its
length, four bytes little-endian, and the JSON. A worker may be hostile: its bytes are decoded as
one of a few types, up to a limit.
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterator

import msgspec

from viz.model import Answer, End, Plain, Problem, Progress, Request, encode

MOST_FRAME_BYTES = 64 << 20
"""Bytes of one frame; a longer one ends the stream."""

MOST_STREAM_BYTES = 256 << 20
"""Bytes that one worker may send in all."""

MOST_PROGRESS = 1000
"""Progress frames that one request may have."""

MOST_STEP_CHARACTERS = 300

MOST_PROBLEM_CHARACTERS = 5000
"""Characters of a problem's message; it may quote a program or its reference, of any length."""

PRELOAD = "preload"
"""The code of the problem that a worker sends which needs TVM's tensor intrinsics."""

_LENGTH = struct.Struct("<I")


class Order(msgspec.Struct):
    """To the fork server: start the process whose stream comes along, or kill it.

    ``profile`` names a row of :data:`viz.service.sandbox.PROFILES`; after ``seconds`` the process
    is killed in any case. ``replica`` asks for another fork server instead, which takes its orders
    from the socket that comes along and has that folder.
    """

    job: int = 0
    kill: bool = False
    replica: str = ""
    profile: str = "view"
    seconds: float = 60.0


class Notice(msgspec.Struct):
    """From the fork server: it is ready, or failed to load, or a process ended.

    ``status`` is as ``waitpid`` gives it; ``late`` is set when the process was killed at its
    deadline; ``process`` is the process number of a fork server that is ready.
    """

    job: int = 0
    status: int = 0
    late: bool = False
    ready: bool = False
    process: int = 0
    problem: Problem | None = None


class Assignment(Plain, frozen=True):
    """The requests of one worker, in order; its frames carry the indices."""

    requests: tuple[Request, ...]
    indices: tuple[int, ...]


WorkerFrame = Progress | Answer | End
"""The types of frames that a worker may send."""


def pack(message: msgspec.Struct) -> bytes:
    """Return a message as the bytes that go onto a stream."""
    return framed(encode(message))


def framed(body: bytes) -> bytes:
    """Return encoded bytes with their length before them."""
    return _LENGTH.pack(len(body)) + body


def send(descriptor: int, message: msgspec.Struct) -> None:
    """Write a message to an open file or socket.

    Raises
    ------
    OSError
        When the other side is gone.
    """
    write(descriptor, pack(message))


def write(descriptor: int, data: bytes) -> None:
    """Write all of some bytes to an open file or socket.

    Raises
    ------
    OSError
        When the other side is gone.
    """
    view = memoryview(data)
    while view:
        # A jailed process may write but not call send.
        view = view[os.write(descriptor, view[: 1 << 20]) :]


def receive(descriptor: int, most: int = MOST_FRAME_BYTES) -> bytes:
    """Read the next message from an open file or socket; block until it is there.

    Raises
    ------
    EOFError
        When the other side is gone, or announces more than ``most`` bytes.
    """
    (length,) = _LENGTH.unpack(exactly(descriptor, _LENGTH.size))
    if length > most:
        raise EOFError
    return exactly(descriptor, length)


def exactly(descriptor: int, length: int) -> bytes:
    """Read exactly so many bytes; block until they are there.

    Raises
    ------
    EOFError
        When the other side is gone before that.
    """
    pieces: list[bytes] = []
    while length:
        piece = os.read(descriptor, min(length, 1 << 20))
        if not piece:
            raise EOFError
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def frames(
    stream: socket.socket, deadline: Callable[[], float], heartbeat: float | None
) -> Iterator[WorkerFrame | None]:
    """Yield a worker's frames as they come, and None after ``heartbeat`` seconds without one.

    Parameters
    ----------
    deadline
        Returns the deadline by ``time.monotonic()``; each request has its own.

    Raises
    ------
    TimeoutError
        At the deadline.
    EOFError
        When the other side is gone.
    OverflowError
        When the worker sends too much.
    msgspec.MsgspecError
        When its bytes are no frame.
    """
    data = bytearray()
    received = steps = 0
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            for body in _bodies(data):
                frame = msgspec.json.decode(body, type=WorkerFrame)
                steps = steps + 1 if isinstance(frame, Progress) else 0
                if steps > MOST_PROGRESS:
                    raise OverflowError
                yield _shortened(frame)
            left = deadline() - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if not selector.select(left if heartbeat is None else min(left, heartbeat)):
                yield None
                continue
            piece = stream.recv(1 << 20)
            if not piece:
                raise EOFError
            received += len(piece)
            if received > MOST_STREAM_BYTES:
                raise OverflowError
            data += piece


def _bodies(data: bytearray) -> Iterator[bytes]:
    """Take complete messages from the front of a buffer."""
    while len(data) >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(data)
        if length > MOST_FRAME_BYTES:
            raise OverflowError
        if len(data) < _LENGTH.size + length:
            return
        body = bytes(data[_LENGTH.size : _LENGTH.size + length])
        del data[: _LENGTH.size + length]
        yield body


def _shortened(frame: WorkerFrame) -> WorkerFrame:
    replace = msgspec.structs.replace
    if isinstance(frame, Progress):
        return replace(frame, step=frame.step.shortened(MOST_STEP_CHARACTERS))
    if isinstance(frame, End) and (problem := frame.problem) is not None:
        cut = replace(
            problem,
            what=problem.what.shortened(MOST_PROBLEM_CHARACTERS),
            advice=problem.advice and problem.advice.shortened(MOST_PROBLEM_CHARACTERS),
        )
        return replace(frame, problem=cut)
    return frame

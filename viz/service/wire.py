"""How the page's process and the engine's talk: orders and notices, and frames on a job's stream.

Everything is JSON of known types; nothing is ever unpickled. On a stream each message is four
bytes of length, little-endian, and the JSON. What comes from a worker may be anything: it is read
as one of few types, and not more of it than a limit.
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
"""A longer frame is taken for a mistake of the other side."""

MOST_STREAM_BYTES = 256 << 20
"""What a process may send in all."""

MOST_PROGRESS = 1000
"""Steps that one request may report."""

MOST_STEP_CHARACTERS = 300

MOST_PROBLEM_CHARACTERS = 5000
"""A message may quote what a program or its reference says, which has no end of its own."""

PRELOAD = "preload"
"""The code of the problem of a worker that needs the process with everything loaded."""

_LENGTH = struct.Struct("<I")


class Order(msgspec.Struct):
    """To the zygote: start the process whose stream comes along, or kill it.

    ``profile`` names a row of :data:`viz.service.sandbox.PROFILES`; ``seconds`` is when it is
    killed in any case. ``twin`` asks for another zygote instead, which takes orders on the socket
    that comes along and has that folder.
    """

    job: int = 0
    kill: bool = False
    twin: str = ""
    profile: str = "view"
    seconds: float = 60.0


class Notice(msgspec.Struct):
    """From the zygote: it is ready, or cannot be, or a process ended.

    ``status`` is as ``waitpid`` gives it; ``late`` says that its time was up; ``process`` is the
    number of the zygote that is ready.
    """

    job: int = 0
    status: int = 0
    late: bool = False
    ready: bool = False
    process: int = 0
    problem: Problem | None = None


class Batch(Plain, frozen=True):
    """What one process is asked, in order; frames carry the index of the request they answer."""

    requests: tuple[Request, ...]
    indices: tuple[int, ...]


WorkerFrame = Progress | Answer | End
"""What a worker may send."""


def pack(message: msgspec.Struct) -> bytes:
    """Return a message as it goes onto a stream."""
    return framed(encode(message))


def framed(body: bytes) -> bytes:
    """Return a message's bytes with their length before them."""
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
    """Read the next message from an open file or socket, waiting for it.

    Raises
    ------
    EOFError
        When the other side is gone, or speaks of more than ``most`` bytes.
    """
    (length,) = _LENGTH.unpack(exactly(descriptor, _LENGTH.size))
    if length > most:
        raise EOFError
    return exactly(descriptor, length)


def exactly(descriptor: int, length: int) -> bytes:
    """Read so many bytes, waiting for them.

    Raises
    ------
    EOFError
        When the other side is gone before.
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
    """Yield a worker's frames as they come, and None after ``heartbeat`` seconds of quiet.

    Parameters
    ----------
    deadline
        Gives the time by ``time.monotonic()``; each request of a batch has its own.

    Raises
    ------
    TimeoutError
        At the deadline.
    EOFError
        When the other side is gone.
    OverflowError
        When it sends too much.
    msgspec.MsgspecError
        When it sent something that is no frame.
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
    """Take whole messages from the front of what was received."""
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
    if isinstance(frame, Progress) and len(frame.step) > MOST_STEP_CHARACTERS:
        return replace(frame, step=frame.step[:MOST_STEP_CHARACTERS])
    if isinstance(frame, End) and (said := frame.problem) is not None:
        most = MOST_PROBLEM_CHARACTERS
        if max(len(said.message), len(said.hint)) > most:
            shorter = replace(said, message=said.message[:most], hint=said.hint[:most])
            return replace(frame, problem=shorter)
    return frame

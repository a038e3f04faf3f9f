"""How the page's process and the engine's talk: orders and notices, and frames on a job's stream.

Everything is JSON of known types; nothing is ever unpickled. On a stream each message is four
bytes of length, little-endian, and the JSON.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Iterator

import msgspec

from viz import errors
from viz.model import Frame, Problem, encode

MOST_FRAME_BYTES = 64 << 20
"""A longer frame is taken for a mistake of the other side."""

_LENGTH = struct.Struct("<I")


class Order(msgspec.Struct):
    """To the zygote: start the job whose stream comes along, or kill it."""

    job: int
    kill: bool = False


class Notice(msgspec.Struct):
    """From the zygote: it is ready, or cannot be, or a child ended with this ``waitpid`` status."""

    job: int = 0
    status: int = 0
    ready: bool = False
    problem: Problem | None = None


_KINDS: dict[str, type[errors.VizError]] = {
    kind.code: kind
    for kind in (
        errors.SourceError,
        errors.ParseError,
        errors.RequestError,
        errors.LoweringError,
        errors.RunError,
        errors.EngineError,
        errors.WorkerError,
    )
}


def problem_of(error: errors.VizError) -> Problem:
    """Return an error as plain data."""
    return Problem(code=error.code, message=error.message, span=error.span, hint=error.hint)


def error_of(problem: Problem) -> errors.VizError:
    """Return the error that a problem was made from."""
    kind = _KINDS.get(problem.code, errors.VizError)
    return kind(problem.message, span=problem.span, hint=problem.hint)


def pack(message: msgspec.Struct) -> bytes:
    """Return a message as it goes onto a stream."""
    body = encode(message)
    return _LENGTH.pack(len(body)) + body


def receive(stream: socket.socket) -> bytes:
    """Return the next message of a blocking stream.

    Raises
    ------
    EOFError
        When the other side is gone.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return _exactly(stream, length)


def _exactly(stream: socket.socket, length: int) -> bytes:
    pieces: list[bytes] = []
    while length:
        piece = stream.recv(min(length, 1 << 20))
        if not piece:
            raise EOFError
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def frames(
    stream: socket.socket, deadline: float, heartbeat: float | None
) -> Iterator[Frame | None]:
    """Yield the frames of a stream as they come, and None after ``heartbeat`` seconds of quiet.

    Parameters
    ----------
    deadline
        By ``time.monotonic()``.

    Raises
    ------
    TimeoutError
        At the deadline.
    EOFError
        When the other side is gone.
    msgspec.MsgspecError
        When it sent something that is no frame.
    """
    data = bytearray()
    poll = select.poll()
    poll.register(stream, select.POLLIN)
    while True:
        while len(data) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(data)
            if length > MOST_FRAME_BYTES:
                raise EOFError
            if len(data) < _LENGTH.size + length:
                break
            body = bytes(data[_LENGTH.size : _LENGTH.size + length])
            del data[: _LENGTH.size + length]
            yield msgspec.json.decode(body, type=Frame)
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        wait = left if heartbeat is None else min(left, heartbeat)
        if not poll.poll(wait * 1000):
            yield None
            continue
        piece = stream.recv(1 << 20)
        if not piece:
            raise EOFError
        data += piece

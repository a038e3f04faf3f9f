"""Ask for a connection to the owner's remote device: its address, and the jailed side of the relay.

A jailed process has no network. Its caller, which has, waits at the other end of a socket
(:mod:`viz.service.client.rpc_relay`): on a word it connects to the one address that the owner has
named, and from then on hands bytes to and fro.
"""

from __future__ import annotations

import os
import re
import struct
from contextvars import ContextVar
from functools import cache
from typing import NamedTuple

import msgspec

from viz.errors import RunError
from viz.messages import Message, message_of
from viz.model import Plain

TRACKER, SERVER, KEY, TARGET = (
    "TIRSCOPE_RPC_TRACKER",
    "TIRSCOPE_RPC_SERVER",
    "TIRSCOPE_RPC_KEY",
    "TIRSCOPE_RPC_TARGET",
)
SECONDS = "TIRSCOPE_RPC_SECONDS"
"""The variables by which the owner names the remote device; the last is about how long the server
lets a session last."""

SESSION_SECONDS = 20
"""After so long a server ends a session, whatever the program does, unless the owner says else."""

CONNECT, LOOK = b"c", b"l"
"""The words of the jailed process: connect; look whether one could."""

TARGETS = ("llvm", "cuda")
"""What a remote device may run."""

_ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[\w.-]+):(?P<port>\d{1,5})")

_LENGTH = struct.Struct("<I")

MOST_ANSWER_BYTES = 1 << 16


class RemoteAddress(NamedTuple):
    """Where the owner's remote device is.

    Attributes
    ----------
    is_tracker
        Whether a tracker answers there, which knows the servers, and not a server.
    target
        What it runs; empty to ask it.
    """

    host: str
    port: int
    key: str
    is_tracker: bool
    target: str = ""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class RelayAnswer(Plain, frozen=True):
    """What the relay says first: the key for the server that it is connected to, or why it is not.

    Attributes
    ----------
    server
        The server's address, in words.
    """

    key: str = ""
    server: str = ""
    problem: Message | None = None


RELAY: ContextVar[int | None] = ContextVar("relay", default=None)
"""The open end of the relay; None where there is none."""


def address() -> RemoteAddress | None:
    """Return where the owner's remote device is, or None where none is named.

    Raises
    ------
    RunError
        When the variables do not say it as they should.
    """
    for variable in (TRACKER, SERVER):
        given = os.environ.get(variable, "")
        if not given:
            continue
        match = _ADDRESS.fullmatch(given)
        if match is None or not 0 < int(match["port"]) < 65536:
            raise RunError(message_of("remote-address", variable=variable, given=given))
        target = os.environ.get(TARGET, "")
        if target and target not in TARGETS:
            raise RunError(message_of("remote-target", given=target, known=TARGETS))
        host, port = match["host"].strip("[]"), int(match["port"])
        key = os.environ.get(KEY, "")
        if key.split() not in ([], [key]):
            raise RunError(message_of("remote-key-blanks", given=key))
        return RemoteAddress(host, port, key, variable == TRACKER, target)
    return None


@cache
def missing() -> Message | None:
    """Return why there is no remote device, or None."""
    try:
        return None if address() is not None else message_of("remote-not-named")
    except RunError as error:
        return error.what


def session_seconds() -> int:
    """Return after how many seconds the server is to end a session by itself."""
    given = os.environ.get(SECONDS, "")
    return int(given) if given.isdecimal() and int(given) else SESSION_SECONDS


def ask(word: bytes) -> RelayAnswer:
    """Ask the relay to connect, or whether it could.

    Raises
    ------
    RunError
        When it cannot, or there is no relay.
    """
    relay = RELAY.get()
    if relay is None:
        raise RunError(message_of("remote-no-relay"))
    try:
        os.write(relay, word)
        (length,) = _LENGTH.unpack(_exactly(relay, _LENGTH.size))
        body = _exactly(relay, min(length, MOST_ANSWER_BYTES))
        answer = msgspec.json.decode(body, type=RelayAnswer)
    except (OSError, EOFError, msgspec.MsgspecError):
        raise RunError(message_of("remote-no-relay")) from None
    if answer.problem is not None:
        raise RunError(answer.problem)
    return answer


def _exactly(descriptor: int, length: int) -> bytes:
    data = b""
    while len(data) < length:
        piece = os.read(descriptor, length - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data

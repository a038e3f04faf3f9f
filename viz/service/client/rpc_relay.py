"""Connect jailed processes to the owner's remote device, and to nothing else.

A thread for each process that may ask. It connects when it is asked, speaks with TVM's RPC tracker
itself, and then hands bytes to and fro, which it does not look at, up to a limit.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import struct
import threading
from contextlib import suppress
from typing import Any

from viz.errors import RunError
from viz.harness import relay
from viz.harness.relay import RelayAnswer, RemoteAddress
from viz.messages import Message, message_of
from viz.model import encode
from viz.service.wire import framed

CONNECTING_SECONDS = 5.0
"""How long a connection may take to be made, and an answer of a tracker to come."""

FREE_SECONDS = 25.0
"""How long to wait for a server that is free: longer than another session lasts by default."""

STUCK_SECONDS = 30.0
"""How long one side may not read what the other one sends."""

MOST_BYTES = 1 << 30
"""Bytes that may go through in each direction."""

TRACKER_MAGIC = 0x2F271
"""The word that both sides begin with."""

REQUEST, SUMMARY = 4, 6
"""Questions to a tracker: for a server, and for what it knows."""

MOST_JSON_BYTES = 1 << 20

_WORD = struct.Struct("<i")


def use(tracker: str = "", server: str = "", key: str = "", target: str = "") -> None:
    """Name the remote device for the engines that are started from now on.

    Parameters
    ----------
    tracker, server
        ``HOST:PORT`` of a tracker of TVM's RPC, or of a server.
    key
        That of the servers.
    target
        ``cuda`` or ``llvm``; the device is asked when left out.

    Raises
    ------
    RunError
        When an address or a target is none.
    """
    named = {relay.TRACKER: tracker, relay.SERVER: server, relay.KEY: key, relay.TARGET: target}
    os.environ.update({name: value for name, value in named.items() if value})
    if tracker or server:
        os.environ.pop(relay.SERVER if tracker else relay.TRACKER, None)
    relay.address()


def opened() -> socket.socket | None:
    """Return the end of a new relay for a jailed process; None where no remote device is named."""
    try:
        remote = relay.address()
    except RunError:
        return None  # the device says why
    if remote is None:
        return None
    own_end, worker_end = socket.socketpair()
    threading.Thread(target=_serve, args=(own_end, remote), daemon=True).start()
    return worker_end


def _serve(worker: socket.socket, remote: RemoteAddress) -> None:
    with worker, suppress(OSError):
        word = worker.recv(1)
        if not word:
            return  # the process has ended without a question
        try:
            server, key = _connected(remote, look=word != relay.CONNECT)
        except RunError as error:
            worker.sendall(framed(encode(RelayAnswer(problem=error.what))))
            return
        if server is None:
            worker.sendall(framed(encode(RelayAnswer(server=str(remote)))))
            return
        with server:
            host, port = server.getpeername()[:2]
            worker.sendall(framed(encode(RelayAnswer(key=key, server=f"{host}:{port}"))))
            _hand_over(worker, server)


def _hand_over(worker: socket.socket, server: socket.socket) -> None:
    """Hand bytes to and fro until one side closes, or has sent too many."""
    other = {worker: server, server: worker}
    passed = {worker: 0, server: 0}
    for each in other:
        each.settimeout(STUCK_SECONDS)  # for writing: it reads what is there
    with selectors.DefaultSelector() as selector:
        for each in other:
            selector.register(each, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                source = worker if key.fileobj is worker else server
                piece = source.recv(1 << 20)
                passed[source] += len(piece)
                if not piece or passed[source] > MOST_BYTES:
                    return
                other[source].sendall(piece)


# ---------------------------------------------------------------- connecting


def _connected(remote: RemoteAddress, *, look: bool) -> tuple[socket.socket | None, str]:
    """Return a connection to a server and the key for it; only look whether there could be one.

    Raises
    ------
    RunError
        When there is none.
    """
    if not remote.is_tracker:
        server = _reached(remote.host, remote.port)
        if look:
            server.close()
            return None, ""
        return server, remote.key
    with _reached(remote.host, remote.port) as tracker:
        try:
            tracker.sendall(_WORD.pack(TRACKER_MAGIC))
            if _WORD.unpack(_exactly(tracker, _WORD.size)) != (TRACKER_MAGIC,):
                raise RunError(message_of("remote-no-tracker", address=str(remote)))
            _require_key(tracker, remote)
            if look:
                return None, ""
            host, port, key = _free(tracker, remote)
        except (OSError, ValueError, TypeError, LookupError):
            raise RunError(message_of("remote-no-tracker", address=str(remote))) from None
    return _reached(host, port), key


def _reached(host: str, port: int) -> socket.socket:
    try:
        return socket.create_connection((host, port), CONNECTING_SECONDS)
    except OSError as error:
        reason: str | Message = str(error.strerror or error)
        raise RunError(
            message_of("remote-not-reached", address=f"{host}:{port}", reason=reason)
        ) from None


def _require_key(tracker: socket.socket, remote: RemoteAddress) -> None:
    """Refuse a key that no server has: a request for it would wait for ever."""
    status, known = _asked(tracker, [SUMMARY])
    queues = known["queue_info"] if status == 0 else {}
    servers = {info["key"].removeprefix("server:") for info in known.get("server_info", ())}
    if remote.key not in servers and remote.key not in queues:
        keys = tuple(sorted(servers)) or ("–",)
        raise RunError(message_of("remote-no-key", key=remote.key, known=keys))


def _free(tracker: socket.socket, remote: RemoteAddress) -> tuple[str, int, str]:
    """Return the host and port of a free server and the key that it was given for this time."""
    tracker.settimeout(FREE_SECONDS)
    try:
        status, place = _asked(tracker, [REQUEST, remote.key, "", 1])
    except TimeoutError:
        raise RunError(message_of("remote-busy", key=remote.key, seconds=FREE_SECONDS)) from None
    if status != 0:
        raise ValueError(status)
    host, port, key = place
    return str(host), int(port), str(key)


def _asked(tracker: socket.socket, question: list[object]) -> tuple[int, Any]:
    body = json.dumps(question).encode()
    tracker.sendall(_WORD.pack(len(body)) + body)
    (length,) = _WORD.unpack(_exactly(tracker, _WORD.size))
    if not 0 <= length <= MOST_JSON_BYTES:
        raise ValueError(length)
    status, answer = json.loads(_exactly(tracker, length))
    return int(status), answer


def _exactly(stream: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        piece = stream.recv(length - len(data))
        if not piece:
            raise ConnectionResetError
        data += piece
    return data

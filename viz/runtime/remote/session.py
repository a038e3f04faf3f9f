"""Connect to the owner's remote device through the relay, and say in words what goes wrong."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from viz.errors import TVM_ERRORS, RunError
from viz.harness import relay
from viz.messages import message_of

_PLACEHOLDER = "127.0.0.1", 1
"""What TVM is told to connect to: the relay is connected already, and no address is ever used."""


class RemoteSession(NamedTuple):
    """A session with a remote device.

    Attributes
    ----------
    session
        TVM's.
    device
        Where its arrays live.
    target
        What it runs, ``llvm`` or ``cuda``.
    name
        What the device is called.
    arch
        A GPU's architecture, such as ``sm_90``.
    """

    session: Any
    device: Any
    target: str
    name: str
    arch: str = ""


@cache
def connected() -> RemoteSession:
    """Return the session of this process, which is opened once.

    Raises
    ------
    RunError
        When the relay cannot connect, the server refuses the key, or it is for another processor.
    """
    from tvm import rpc

    answer = relay.ask(relay.CONNECT)
    with worded():
        host, port = _PLACEHOLDER
        session = rpc.connect(host, port, answer.key, session_timeout=relay.session_seconds())
        named = relay.address()
        target = (named.target if named else "") or _target(session)
        if target == "cuda":
            device = session.cuda(0)
            if not device.exist:
                raise RunError(message_of("remote-no-gpu", server=answer.server))
            arch = f"sm_{str(device.compute_version).replace('.', '')}"
            return RemoteSession(session, device, target, str(device.device_name), arch)
        processor, name = _processor(session)
    if processor not in ("", platform.machine()):
        raise RunError(message_of("remote-processor", remote=processor, local=platform.machine()))
    return RemoteSession(session, session.cpu(0), target, name)


def _target(session: Any) -> str:
    return "cuda" if session.cuda(0).exist else "llvm"


def _processor(session: Any) -> tuple[str, str]:
    """Return the processor of the remote machine as ``platform.machine`` says it, and its name."""
    try:
        triple = str(session.get_function("target.llvm_get_system_triple")())
        name = str(session.get_function("target.llvm_get_system_cpu")())
    except TVM_ERRORS:
        return "", "CPU"  # a runtime without a compiler
    machine = triple.partition("-")[0]
    return machine, f"{name}, {machine}"


# ---------------------------------------------------------------- errors

_REFUSED = re.compile(r"server that matches key|mismatch.*key|[Kk]ey.*mismatch")
_LOST = re.compile(r"closed|[Ss]ocket|[Cc]onnection|end of file|EOF|RPC channel|nbytes|magic")
_THERE = "Error caught from RPC call"
"""How TVM says that a remote function failed."""


@contextmanager
def worded() -> Iterator[None]:
    """Raise a :class:`RunError` in the place of what TVM's RPC raises.

    Raises
    ------
    RunError
        When the server refused the key, or the connection was lost. Errors of the remote program
        itself go through.
    """
    try:
        yield
    except TVM_ERRORS as error:
        text = str(error)
        if _REFUSED.search(text):
            raise RunError(message_of("remote-key-refused")) from None
        if is_lost() or (_THERE not in text and _LOST.search(text)):
            raise RunError(message_of("remote-lost")) from None
        raise


def is_lost() -> bool:
    """Whether the other end of the relay has been closed."""
    import select

    descriptor = relay.RELAY.get()
    if descriptor is None:
        return False
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP)
    events = dict(poll.poll(0)).get(descriptor, 0)
    return bool(events & (select.POLLHUP | select.POLLERR))


def upload(session: Any, path: str, name: str) -> None:
    """Send an open library to the remote machine.

    Raises
    ------
    RunError
        When the connection is lost.
    """
    with os.fdopen(os.dup(_number(path)), "rb") as opened:
        opened.seek(0)
        content = bytearray(opened.read())
    with worded():
        session.upload(content, name)


def _number(path: str) -> int:
    """Return the number of the open file that a path such as ``/proc/self/fd/5`` names."""
    return int(path.rpartition("/")[2])

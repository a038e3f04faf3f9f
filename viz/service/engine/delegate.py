"""Delegate from a jailed worker to other processes: compile a text, run a reference.

The worker may start no program and open no file. For each kind of task the fork server forks a
process with a jail of its own at the first byte on the task's channel. Neither end trusts the
other: messages are msgpack of known types, arrays are sent as plain bytes.
"""

from __future__ import annotations

import math
import os
import re
import socket
import time
from typing import Any

import msgspec
import numpy as np

from viz.errors import RunError, VizError
from viz.messages import Message, message_of
from viz.model import Plain, Problem, Scalar
from viz.model.problem import error_of, problem_of
from viz.runtime.inputs import Array
from viz.runtime.reference import Task, evaluate
from viz.runtime.toolchain import Compilation, Compiled, build, handed_over
from viz.service.wire import framed, receive, write

MOST_BYTES = 1 << 30
"""Bytes of one message; a longer one ends the channel."""


class PackedArray(Plain, frozen=True):
    """An array: NumPy's name of its dtype, its shape, its bytes in C order."""

    dtype: str
    shape: tuple[int, ...]
    content: bytes


class ReferenceCall(Plain, frozen=True):
    """A reference and its arguments, see :class:`viz.runtime.reference.Task`."""

    source: str
    arrays: dict[str, PackedArray]
    scalars: dict[str, int | float]
    order: tuple[str, ...]
    names: tuple[str, ...]
    text: str
    constants: dict[str, Scalar]


class ReferenceResult(Plain, frozen=True):
    """The arrays that a reference returned, or the problem."""

    results: tuple[PackedArray, ...] = ()
    problem: Problem | None = None


DYING_SECONDS = 0.2
"""How long the kernel may take to kill all children of a process that died."""


class CompilerOutput(Plain, frozen=True):
    """Why a compiler failed; None when a file descriptor comes along."""

    diagnostic: Message | None = None


# ---------------------------------------------------------------- in the worker


class DelegatedCompiler:
    """Compiles in the process at the other end of a channel."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def __call__(self, compilation: Compilation) -> Compiled:
        """Compile a text and return the open library, or why there is none."""
        try:
            write(self._channel.fileno(), framed(msgspec.msgpack.encode(compilation)))
            message, files, _, _ = socket.recv_fds(self._channel, 1 << 16, 1)
        except OSError:
            message = b""
        if not message:
            # If the fork server died, the kernel has killed the compiler with it and will kill this
            # process in a moment: then the request is repeated, and nothing is to be reported.
            time.sleep(DYING_SECONDS)
            return Compiled(message_of("compiler-stopped"))
        output = msgspec.msgpack.decode(message, type=CompilerOutput)
        if output.diagnostic is not None or not files:
            return Compiled(output.diagnostic or message_of("compiler-gave-nothing"))
        return Compiled(file=files[0], path=handed_over(files[0]))


class DelegatedReference:
    """Runs references in the process at the other end of a channel."""

    def __init__(self, channel: int) -> None:
        self._channel = channel

    def __call__(self, task: Task) -> list[Array]:
        """Return the arrays that the reference returned.

        Raises
        ------
        RunError
            When it fails, or its process ends.
        """
        values = task.values
        message = ReferenceCall(
            source=task.source,
            arrays={k: pack(v) for k, v in values.items() if isinstance(v, np.ndarray)},
            scalars={k: v for k, v in values.items() if not isinstance(v, np.ndarray)},
            order=tuple(values),
            names=tuple(task.names),
            text=task.text,
            constants=dict(task.constants),
        )
        try:
            write(self._channel, framed(msgspec.msgpack.encode(message)))
            reply = msgspec.msgpack.decode(receive(self._channel, MOST_BYTES), type=ReferenceResult)
            if reply.problem is not None:
                raise error_of(reply.problem)
            return [unpack(array) for array in reply.results]
        except (EOFError, OSError):
            raise RunError(message_of("reference-ended")) from None
        except (msgspec.MsgspecError, ValueError, TypeError):
            raise RunError(message_of("reference-nonsense")) from None


# ---------------------------------------------------------------- in the other process


def serve_compiler(channel: socket.socket, folder: str, refusal: Message | None) -> None:
    """Compile the texts that come on a channel until the other end closes.

    Parameters
    ----------
    refusal
        Why nothing is compiled here; empty where compiling is allowed.
    """
    while True:
        compilation = msgspec.msgpack.decode(
            receive(channel.fileno(), MOST_BYTES), type=Compilation
        )
        done = Compiled(refusal) if refusal else build(compilation, folder)
        message = msgspec.msgpack.encode(CompilerOutput(diagnostic=done.diagnostic))
        if done.diagnostic is not None:
            write(channel.fileno(), message)
        else:
            socket.send_fds(channel, [message], [done.file])
            os.close(done.file)


def serve_reference(channel: int, refusal: Message | None) -> None:
    """Run the one reference that comes on a channel.

    One only: what it changes in its process must not reach another one.

    Parameters
    ----------
    refusal
        Why no reference runs here; None where it may.
    """
    call = msgspec.msgpack.decode(receive(channel, MOST_BYTES), type=ReferenceCall)
    values: dict[str, Any] = {name: unpack(array) for name, array in call.arrays.items()}
    values |= call.scalars
    ordered = {name: values[name] for name in call.order}
    try:
        if refusal:
            raise RunError(refusal, hint=message_of("runs-without-reference"))
        task = Task(call.source, ordered, list(call.names), call.text, call.constants)
        reply = ReferenceResult(results=tuple(map(pack, evaluate(task))))
    except VizError as error:
        reply = ReferenceResult(problem=problem_of(error))
    write(channel, framed(msgspec.msgpack.encode(reply)))


# ---------------------------------------------------------------- arrays as bytes


def pack(array: Array) -> PackedArray:
    """Return an array as plain bytes.

    Raises
    ------
    RunError
        When its elements are not numbers.
    """
    if array.dtype.kind not in "biufV" or array.dtype.names or array.dtype.subdtype:
        raise RunError(message_of("reference-not-numbers", dtype=str(array.dtype)))
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    return PackedArray(dtype=native.dtype.name, shape=array.shape, content=native.tobytes())


def unpack(packed: PackedArray) -> Array:
    """Return the array of plain bytes.

    Raises
    ------
    ValueError, TypeError
        When the bytes are no array of that dtype and shape.
    """
    if not re.fullmatch(r"[a-z]+[a-z0-9_]*", packed.dtype):
        raise ValueError(packed.dtype)
    dtype = np.dtype(packed.dtype)
    if dtype.kind not in "biufV" or dtype.hasobject:
        raise ValueError(packed.dtype)
    if min(packed.shape, default=0) < 0:
        raise ValueError(packed.shape)
    if math.prod(packed.shape) * dtype.itemsize != len(packed.content):
        raise ValueError(packed.shape)
    return np.frombuffer(packed.content, dtype).reshape(packed.shape).copy()

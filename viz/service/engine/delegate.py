"""What a jailed process has others do for it: compile a text, run a reference.

It may start no program and open no file, so the zygote forks a process for each kind of errand,
with a jail of its own, at the first word on its channel. Both ends take the other for hostile:
messages are msgpack of known types, arrays their plain bytes.
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
from viz.model import Plain, Problem, Scalar
from viz.model.problem import error_of, problem_of
from viz.runtime.inputs import Array
from viz.runtime.reference import Task, evaluate
from viz.runtime.toolchain import Compilation, Compiled, build, handed_over
from viz.service.wire import framed, receive, write

MOST_BYTES = 1 << 30
"""A longer message is taken for a mistake of the other side."""


class Packed(Plain, frozen=True):
    """An array: NumPy's name of its dtype, its shape, its bytes in C order."""

    dtype: str
    shape: tuple[int, ...]
    content: bytes


class Evaluation(Plain, frozen=True):
    """A reference and what it is called with, see :class:`viz.runtime.reference.Task`."""

    source: str
    arrays: dict[str, Packed]
    scalars: dict[str, int | float]
    order: tuple[str, ...]
    names: tuple[str, ...]
    text: str
    constants: dict[str, Scalar]


class Evaluated(Plain, frozen=True):
    """What a reference returned, or what went wrong."""

    results: tuple[Packed, ...] = ()
    problem: Problem | None = None


DYING_SECONDS = 0.2
"""How long the kernel may take to kill all children of a process that died."""


class Complaint(Plain, frozen=True):
    """What a compiler said; nothing when a file comes along."""

    text: str = ""


# ---------------------------------------------------------------- the asking end


class Compiler:
    """Compiles by asking the process at the other end of a channel."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def __call__(self, compilation: Compilation) -> Compiled:
        """Return what the compiler made of a text."""
        try:
            write(self._channel.fileno(), framed(msgspec.msgpack.encode(compilation)))
            message, files, _, _ = socket.recv_fds(self._channel, 1 << 16, 1)
        except OSError:
            message = b""
        if not message:
            # Where the zygote died it took the compiler along, and takes this process in a moment:
            # then the request is asked anew, and the compiler was not to blame.
            time.sleep(DYING_SECONDS)
            return Compiled("the compiler was stopped: it took too long or too much memory")
        said = msgspec.msgpack.decode(message, type=Complaint)
        if said.text or not files:
            return Compiled(said.text or "the compiler gave nothing back")
        return Compiled(file=files[0], path=handed_over(files[0]))


class Evaluator:
    """Runs references by asking the process at the other end of a channel."""

    def __init__(self, channel: int) -> None:
        self._channel = channel

    def __call__(self, task: Task) -> list[Array]:
        """Return what the reference returned.

        Raises
        ------
        RunError
            When it fails, or its process ends.
        """
        values = task.values
        message = Evaluation(
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
            reply = msgspec.msgpack.decode(receive(self._channel, MOST_BYTES), type=Evaluated)
            if reply.problem is not None:
                raise error_of(reply.problem)
            return [unpack(each) for each in reply.results]
        except (EOFError, OSError):
            raise RunError(
                "the reference ended its process",
                hint="It took too long or too much memory, or did what it may not.",
            ) from None
        except (msgspec.MsgspecError, ValueError, TypeError):
            raise RunError("what the reference returns makes no sense") from None


# ---------------------------------------------------------------- the doing end


def serve_compiler(channel: socket.socket, folder: str, refusal: str) -> None:
    """Compile what is asked on a channel until the other end closes.

    Parameters
    ----------
    refusal
        Why nothing is compiled here; empty where it is.
    """
    while True:
        compilation = msgspec.msgpack.decode(
            receive(channel.fileno(), MOST_BYTES), type=Compilation
        )
        done = Compiled(refusal) if refusal else build(compilation, folder)
        message = msgspec.msgpack.encode(Complaint(text=done.diagnostic))
        if done.diagnostic:
            write(channel.fileno(), message)
        else:
            socket.send_fds(channel, [message], [done.file])
            os.close(done.file)


def serve_reference(channel: int, refusal: str) -> None:
    """Run the reference that is asked for on a channel.

    One only: what it left behind shall not meet another.
    """
    asked = msgspec.msgpack.decode(receive(channel, MOST_BYTES), type=Evaluation)
    values: dict[str, Any] = {name: unpack(array) for name, array in asked.arrays.items()}
    values |= asked.scalars
    ordered = {name: values[name] for name in asked.order}
    try:
        if refusal:
            raise RunError(refusal, hint="Without one the program runs all the same.")
        task = Task(asked.source, ordered, list(asked.names), asked.text, asked.constants)
        reply = Evaluated(results=tuple(map(pack, evaluate(task))))
    except VizError as error:
        reply = Evaluated(problem=problem_of(error))
    write(channel, framed(msgspec.msgpack.encode(reply)))


# ---------------------------------------------------------------- arrays as bytes


def pack(array: Array) -> Packed:
    """Return an array as plain bytes.

    Raises
    ------
    RunError
        When its elements are no numbers.
    """
    if array.dtype.kind not in "biufV" or array.dtype.names or array.dtype.subdtype:
        raise RunError(f"the reference returns {array.dtype}, not numbers")
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    return Packed(dtype=native.dtype.name, shape=array.shape, content=native.tobytes())


def unpack(packed: Packed) -> Array:
    """Return the array of plain bytes.

    Raises
    ------
    ValueError, TypeError
        When they are none.
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

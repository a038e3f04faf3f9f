"""Delegate from a jailed worker to other processes: compile a text, run a reference, try rules.

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
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from viz.errors import RunError, VizError
from viz.harness import opencl
from viz.harness.arrays import Array
from viz.harness.opencl import OpenclResult, OpenclTask
from viz.harness.reference import Task, evaluate
from viz.harness.rule_task import RuleTask, TriedRules
from viz.harness.rule_task import evaluate as evaluate_rules
from viz.harness.toolchain import Compilation, Compiled, build, handed_over
from viz.messages import Message, message_of
from viz.model import Mark, Plain, Problem, RuleError, RuleLanguage, Scalar, Tree
from viz.model.problem import error_of, problem_of
from viz.service.wire import framed, receive, write

MOST_BYTES = 1 << 30
"""Bytes of one message; a longer one ends the channel."""


class PackedArray(Plain, frozen=True):
    """An array: NumPy's name of its dtype, its shape, its bytes in C order."""

    dtype: str
    shape: tuple[int, ...]
    content: bytes


class ReferenceCall(Plain, tag="reference", frozen=True):
    """A reference and its arguments, see :class:`viz.harness.reference.Task`."""

    source: str
    arrays: dict[str, PackedArray]
    scalars: dict[str, int | float]
    order: tuple[str, ...]
    names: tuple[str, ...]
    text: str
    constants: dict[str, Scalar]


class RuleCall(Plain, tag="rules", frozen=True):
    """Rules and what they are tried over, see :class:`viz.harness.rule_task.RuleTask`."""

    tree: Tree
    rules: dict[str, str]
    language: RuleLanguage
    function: str
    arrays: dict[str, PackedArray]
    scalars: dict[str, int | float]
    order: tuple[str, ...]
    kinds: dict[str, str] | None


class RuleAnswer(Plain, frozen=True):
    """What the rules wrote and computed."""

    text: str
    marks: tuple[Mark, ...] = ()
    uses: dict[str, int] = {}
    error: RuleError | None = None
    outputs: dict[str, PackedArray] | None = None
    returned: PackedArray | None = None


class ReferenceResult(Plain, frozen=True):
    """The arrays that a reference returned, or the problem."""

    results: tuple[PackedArray, ...] = ()
    problem: Problem | None = None


DYING_SECONDS = 0.2
"""How long the kernel may take to kill all children of a process that died."""


class OpenclReply(Plain, frozen=True):
    """What kernels left behind, or the problem."""

    result: OpenclResult | None = None
    problem: Problem | None = None


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
        arrays, scalars = _parted(values)
        message = ReferenceCall(
            source=task.source,
            arrays=arrays,
            scalars=scalars,
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


class DelegatedRules:
    """Tries rules in the process at the other end of a channel."""

    def __init__(self, channel: int) -> None:
        self._channel = channel

    def __call__(self, task: RuleTask) -> TriedRules:
        """Return what the rules wrote and computed: nothing of it is to be believed yet.

        Raises
        ------
        RunError
            When the process ends, or answers nonsense.
        """
        arrays, scalars = _parted(task.values)
        message = RuleCall(
            tree=task.tree,
            rules=dict(task.rules),
            language=task.language,
            function=task.function,
            arrays=arrays,
            scalars=scalars,
            order=tuple(task.values),
            kinds=None if task.kinds is None else dict(task.kinds),
        )
        try:
            write(self._channel, framed(msgspec.msgpack.encode(message)))
            answer = msgspec.msgpack.decode(receive(self._channel, MOST_BYTES), type=RuleAnswer)
            packed = answer.outputs
            return TriedRules(
                answer.text,
                answer.marks,
                answer.uses,
                answer.error,
                None if packed is None else {n: unpack(array) for n, array in packed.items()},
                None if answer.returned is None else unpack(answer.returned),
            )
        except (EOFError, OSError, msgspec.MsgspecError, ValueError, TypeError):
            raise RunError(message_of("rule-ended")) from None


class DelegatedKernels:
    """Runs OpenCL kernels in the process at the other end of a channel."""

    def __init__(self, channel: int) -> None:
        self._channel = channel

    def __call__(self, task: OpenclTask) -> OpenclResult:
        """Return what the launches left in the memories.

        Raises
        ------
        RunError
            When a launch fails, or the process ends.
        """
        try:
            write(self._channel, framed(msgspec.msgpack.encode(task)))
            reply = msgspec.msgpack.decode(receive(self._channel, MOST_BYTES), type=OpenclReply)
        except (EOFError, OSError):
            time.sleep(DYING_SECONDS)  # as for a compiler
            raise RunError(message_of("opencl-ended")) from None
        except msgspec.MsgspecError:
            raise RunError(message_of("opencl-nonsense")) from None
        if reply.problem is not None:
            raise error_of(reply.problem)
        sizes = [len(memory.content) for memory in task.memories]
        if reply.result is None or [*map(len, reply.result.memories)] != sizes:
            raise RunError(message_of("opencl-nonsense"))
        return reply.result


def _parted(
    values: Mapping[str, Array | int | float],
) -> tuple[dict[str, PackedArray], dict[str, int | float]]:
    """Return arrays, packed, and numbers by name."""
    arrays = {name: pack(value) for name, value in values.items() if isinstance(value, np.ndarray)}
    return arrays, {n: v for n, v in values.items() if not isinstance(v, np.ndarray)}


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


def serve_python(channel: int, refusal: Message | None) -> None:
    """Run the one reference that comes on a channel, or try the rules that come on it.

    Once only: what is changed in this process must not reach another one.

    Parameters
    ----------
    refusal
        Why no reference runs here; None where it may.
    """
    call = msgspec.msgpack.decode(receive(channel, MOST_BYTES), type=ReferenceCall | RuleCall)
    values: dict[str, Any] = {name: unpack(array) for name, array in call.arrays.items()}
    values |= call.scalars
    ordered = {name: values[name] for name in call.order}
    if isinstance(call, RuleCall):
        reply: Plain = _tried(call, ordered)
    else:
        reply = _referred(call, ordered, refusal)
    write(channel, framed(msgspec.msgpack.encode(reply)))


def serve_kernels(channel: int, refusal: Message | None) -> None:
    """Run the OpenCL kernels that come on a channel until the other end closes.

    Parameters
    ----------
    refusal
        Why none are run here; None where they may.
    """
    while True:
        task = msgspec.msgpack.decode(receive(channel, MOST_BYTES), type=OpenclTask)
        try:
            if refusal:
                raise RunError(refusal)
            reply = OpenclReply(result=opencl.evaluate(task))
        except VizError as error:
            reply = OpenclReply(problem=problem_of(error))
        write(channel, framed(msgspec.msgpack.encode(reply)))


def _tried(call: RuleCall, values: dict[str, Any]) -> RuleAnswer:
    task = RuleTask(call.tree, call.rules, call.language, call.function, values, call.kinds)
    tried = evaluate_rules(task)
    outputs = tried.outputs
    return RuleAnswer(
        text=tried.text,
        marks=tried.marks,
        uses=dict(tried.uses),
        error=tried.error,
        outputs=None if outputs is None else {n: pack(array) for n, array in outputs.items()},
        returned=None if tried.returned is None else pack(tried.returned),
    )


def _referred(
    call: ReferenceCall, ordered: dict[str, Any], refusal: Message | None
) -> ReferenceResult:
    try:
        if refusal:
            raise RunError(refusal, hint=message_of("runs-without-reference"))
        task = Task(call.source, ordered, list(call.names), call.text, call.constants)
        return ReferenceResult(results=tuple(map(pack, evaluate(task))))
    except VizError as error:
        return ReferenceResult(problem=problem_of(error))


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

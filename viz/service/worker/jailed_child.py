"""Run the children of a fork server: each restricts itself for good, then does its one task.

A worker answers the requests of a job. What it may not do itself it delegates: the fork server
forks one process to compile and one to run a reference, when the worker first asks for it.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import NamedTuple, NoReturn

import msgspec

from viz.errors import RunError, VizError, WorkerError
from viz.harness import compilers, opencl, reference, toolchain
from viz.harness import relay as relays
from viz.harness import rule_task as rule_tasks
from viz.messages import Message, message_of
from viz.model import (
    EMULATED,
    Answer,
    CostAdvicePart,
    End,
    Problem,
    Progress,
    RacePart,
    Reply,
    Request,
    RunPart,
    encode,
)
from viz.model.problem import problem_of
from viz.service import sandbox
from viz.service.sandbox import PROFILES, Grants, Layer, Profile, identity, paths
from viz.service.sandbox.profiles import GIB
from viz.service.wire import PRELOAD, Assignment, Order, receive, send
from viz.service.worker import delegate
from viz.service.worker.loaded_engine import PROBE, Answering, LoadedEngine

COMPILE, REFERENCE, KERNELS = "compile", "run-python", "run-opencl"
"""The tasks that are delegated, named by the profile of the process that does them."""

_NOT_DONE = {
    COMPILE: "not-compiled-here",
    REFERENCE: "reference-not-run-here",
    KERNELS: "opencl-not-run-here",
}
"""The id of the message that says that a task is not done, by the task."""

RELAYED = 0
"""The file by which a process that may use a relay has it, in the place of standard input: what the
filter of system calls returns when it skips ``socket``."""

COMPILED = ("c", EMULATED)
"""The devices whose text a compiler translates."""

OUT_OF_MEMORY = ("bad_alloc", "out of memory", "Cannot allocate memory", "MemoryError")
"""Words in the messages of errors that are due to a lack of memory."""


class IntrinsicImports:
    """A finder of modules that notes imports of TVM's tensor intrinsics where they are not loaded.

    TVM's matmul rule takes any error of that import as a sign that the rule does not fit, and the
    answer would be a different one: such an answer is dropped.

    Parameters
    ----------
    package
        That of the tensor intrinsics; empty where the engine has none.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self.missed = False

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Find no module, since this comes before all other finders.

        Raises
        ------
        ModuleNotFoundError
            For the tensor intrinsics.
        """
        if self._package and f"{name}.".startswith(f"{self._package}."):
            self.missed = True
            raise ModuleNotFoundError(name=name)


class ForkContext(NamedTuple):
    """What the fork server determines once for all its children.

    Attributes
    ----------
    layers
        The layers of the jail that the fork server has and its children inherit.
    grants
        What the process of each profile may open.
    parent
        The fork server's process number.
    engine
        What its children answer with.
    as_owner
        The profiles whose processes stay the user that they are, without capabilities: what they
        read, such as TVM's headers, lies where no other user may.
    """

    layers: tuple[Layer, ...]
    grants: dict[str, Grants]
    parent: int
    engine: LoadedEngine
    as_owner: frozenset[str] = frozenset()


class JailState(NamedTuple):
    """What holds in a process that is in its jail, before it reads its requests.

    Attributes
    ----------
    missing
        The layers for lack of which it runs nothing.
    imports
        Notes imports of the tensor intrinsics.
    engine
        What it answers with.
    uncompiled
        Why nothing is compiled for it; None where compiling is delegated or not needed.
    """

    profile: Profile
    missing: tuple[Layer, ...]
    imports: IntrinsicImports
    engine: LoadedEngine
    uncompiled: Message | None = None


def answer(
    order: Order,
    stream: int,
    channels: dict[str, int],
    context: ForkContext,
    relay: int | None = None,
) -> NoReturn:
    """Answer the requests on a stream, in the jail of the order's profile.

    Parameters
    ----------
    relay
        An open end of a relay, for the profiles that may use it.
    """
    # Without a GPU the program runs on the CPU instead, in the narrower jail.
    name = "run-library" if order.profile == "gpu" and not paths.devices() else order.profile

    def work() -> None:
        if relay is not None:
            # The jail lets a library that asks for a socket have this one, and no other.
            os.dup2(relay, RELAYED)
            relays.RELAY.set(RELAYED)
        _read_and_answer(stream, _prepare(name, order.job, channels, context))

    _run_child(work, (stream, *channels.values(), *([] if relay is None else [relay])))


def wait_in_reserve(profile: str, number: int, orders: int, context: ForkContext) -> NoReturn:
    """Enter the jail before the job comes, then answer the requests on its stream."""

    def work() -> None:
        with socket.socket(fileno=orders) as opened:
            state = _prepare(profile, number, {}, context)
            # The first answer after a fork copies most of the memory pages that it touches.
            if context.engine.standby is not None:
                context.engine.answers().answer(context.engine.standby, lambda step: None)
            _, streams, _, _ = socket.recv_fds(opened, 1, 1)
        if streams:
            _read_and_answer(streams[0], state)

    _run_child(work, (orders,))


def _prepare(name: str, number: int, channels: dict[str, int], context: ForkContext) -> JailState:
    """Restrict this process to a profile, and set where its compiler and references run."""
    if name in ("gpu", "look"):
        os.environ.pop(context.engine.source_only, None)
        PROBE.set(lambda: sandbox.probe(context.layers))
    if channels:
        # Made before the jail closes: socket() asks the system for the kind of the socket.
        toolchain.BACKEND.set(delegate.DelegatedCompiler(socket.socket(fileno=channels[COMPILE])))
        reference.BACKEND.set(delegate.DelegatedReference(channels[REFERENCE]))
        rule_tasks.BACKEND.set(delegate.DelegatedRules(channels[REFERENCE]))
        opencl.BACKEND.set(delegate.DelegatedKernels(channels[KERNELS]))
    imports = IntrinsicImports(context.engine.intrinsics)
    sys.meta_path.insert(0, imports)
    profile = PROFILES[name]
    layers = _restrict(name, number, context)
    uncompiled: Message | None = None
    if channels:
        # The kernel is the same for the process that does the task.
        reference.REFUSAL.set(_task_refusal(REFERENCE, layers))
        if lacking := sandbox.lacking(PROFILES[REFERENCE], layers):
            rule_tasks.REFUSAL.set(message_of("rule-not-tried-here", layers=_listed(lacking)))
        if uncompiled := _task_refusal(COMPILE, layers):
            compilers.do_without()
    missing = sandbox.lacking(profile, layers)
    return JailState(profile, missing, imports, context.engine, uncompiled)


def _read_and_answer(stream: int, state: JailState) -> None:
    answer_all(msgspec.json.decode(receive(stream), type=Assignment), stream, state)


def answer_all(assignment: Assignment, stream: int, state: JailState) -> None:
    """Answer requests one after the other on a stream."""
    answers = state.engine.answers()
    for index, request in zip(assignment.indices, assignment.requests, strict=True):
        began = time.monotonic()
        problem = _refusal(state, request) or _answer(stream, index, answers, request, state)
        end = End(
            status="failed" if problem else "ok",
            problem=problem,
            seconds=time.monotonic() - began,
            index=index,
        )
        send(stream, end)


def run_delegated(kind: str, channel: int, job: int, folder: str, context: ForkContext) -> NoReturn:
    """Do the task that a worker delegates on a channel, in the jail of the task's profile."""

    def work() -> None:
        if kind == COMPILE:
            with socket.socket(fileno=channel) as opened:
                refusal = _task_refusal(kind, _restrict(kind, job, context, folder))
                delegate.serve_compiler(opened, folder, refusal)
        elif kind == KERNELS:
            opencl.use_folder(folder)
            refusal = _task_refusal(kind, _restrict(kind, job, context, folder))
            delegate.serve_kernels(channel, refusal)
        else:
            refusal = _task_refusal(kind, _restrict(kind, job, context))
            delegate.serve_python(channel, refusal)

    _run_child(work, (channel,))


def _run_child(work: Callable[[], None], files: Iterable[int]) -> NoReturn:
    status = 1
    try:
        os.setpgid(0, 0)
        close_all_but((0, 1, 2, *files))
        gc.disable()  # the process ends with its job
        work()
        status = 0
    except (EOFError, BrokenPipeError, ConnectionResetError):
        status = 0  # the other end has closed
    except BaseException:
        # Shown with TIRSCOPE_DEBUG=1; the other end reports a crash.
        traceback.print_exc()
    finally:
        os._exit(status)


def close_all_but(files: Iterable[int]) -> None:
    """Close all file descriptors of this process but these."""
    edges = [*sorted(set(files)), os.sysconf("SC_OPEN_MAX")]
    for kept, next_kept in pairwise(edges):
        os.closerange(kept + 1, next_kept)


def _restrict(name: str, job: int, context: ForkContext, folder: str = "") -> tuple[Layer, ...]:
    grants = context.grants.get(name, Grants())
    if folder:
        grants = grants._replace(writes=(*grants.writes, folder))
    user = None if name in context.as_owner else identity.user_of(job)
    layers = sandbox.restrict(PROFILES[name], grants, user, context.layers)
    if os.getppid() != context.parent:
        os._exit(1)  # the parent ended before the death signal was set
    return layers


# ---------------------------------------------------------------- answers


def _answer(
    stream: int,
    index: int,
    answers: Answering,
    request: Request,
    state: JailState,
) -> Problem | None:
    """Send the answer to a request, or return the problem instead."""
    problem, reply = _tried(stream, index, answers, request, state)
    if state.imports.missed:
        return Problem(code=PRELOAD, what=message_of("needs-tensor-intrinsics"))
    if reply is not None:
        send(stream, Answer(reply=msgspec.Raw(encode(reply)), index=index))
    return problem


def _tried(
    stream: int,
    index: int,
    answers: Answering,
    request: Request,
    state: JailState,
) -> tuple[Problem | None, Reply | None]:
    profile = state.profile
    try:
        reply = answers.answer(request, lambda step: send(stream, Progress(step=step, index=index)))
    except VizError as error:
        return (
            _out_of_memory(profile) if _is_out_of_memory(error.message) else problem_of(error)
        ), None
    except MemoryError:
        return _out_of_memory(profile), None
    except BrokenPipeError:
        raise
    except Exception as error:
        # The boundary of the process: every exception becomes a problem.
        return (
            _out_of_memory(profile) if _is_out_of_memory(str(error)) else _internal(error, state)
        ), None
    return None, reply


def _is_out_of_memory(message: str) -> bool:
    return any(words in message for words in OUT_OF_MEMORY)


def _out_of_memory(profile: Profile) -> Problem:
    what = (
        message_of("out-of-memory", amount=f"{profile.memory / GIB:g} GiB")
        if profile.memory
        else message_of("out-of-all-memory")
    )
    return Problem(code=WorkerError.code, what=what)


def _internal(error: Exception, state: JailState) -> Problem:
    lines = str(error).strip().splitlines() or ["no message"]
    message = f"{type(error).__name__}: {lines[-1][:300]}"
    version, tested = state.engine.version, state.engine.tested
    what = (
        message_of("internal", error=message)
        if version == tested
        else message_of("internal-other-version", error=message, tested=tested, version=version)
    )
    return Problem(code="internal", what=what)


# ---------------------------------------------------------------- where a layer is missing


def _refusal(state: JailState, request: Request) -> Problem | None:
    """Return the problem of a request that is refused for lack of a layer."""
    what = state.uncompiled
    if state.missing:
        what = message_of("not-run-here", layers=_listed(state.missing))
    elif not (
        isinstance(request.part, RacePart | CostAdvicePart)
        or (isinstance(request.part, RunPart) and request.part.device in COMPILED)
    ):
        return None
    return None if what is None else problem_of(RunError(what, hint=message_of("unsafe-run")))


def _task_refusal(kind: str, layers: tuple[Layer, ...]) -> Message | None:
    missing = sandbox.lacking(PROFILES[kind], layers)
    if not missing:
        return None
    return message_of(_NOT_DONE[kind], layers=_listed(missing))


def _listed(layers: tuple[Layer, ...]) -> tuple[Message, ...]:
    return tuple(
        message_of("layer-state", title=message_of(f"layer-{layer.name}"), reason=layer.reason)
        for layer in layers
    )

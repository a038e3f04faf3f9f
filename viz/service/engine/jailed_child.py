"""The children of the zygote: each restricts itself for good, then does what it is asked.

One answers the requests of a job. For what it may not do itself there are two others, which the
zygote forks when it first asks: one compiles, one runs a reference.
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
from viz.ir.requirements import Parts
from viz.ir.tvm_version import TESTED
from viz.model import (
    EMULATED,
    Answer,
    End,
    Problem,
    Progress,
    Reply,
    Request,
    RunPart,
    SourcePart,
    encode,
)
from viz.model.problem import problem_of
from viz.passes import gpu_schedule
from viz.runtime import reference, toolchain
from viz.service import sandbox
from viz.service.engine import delegate, dispatch, environment
from viz.service.sandbox import PROFILES, Grants, Layer, Profile, identity, paths
from viz.service.sandbox.profiles import GIB
from viz.service.wire import PRELOAD, Batch, Order, receive, send

SOURCE_ONLY = "TVM_COMPILE_FORCE_FALLBACK"
"""The variable that keeps TVM from calling nvcc or NVRTC, also where there is a GPU's driver."""

COMPILE, REFERENCE = "compile", "run-python"
"""The errands, by the profile of the process that does them."""

_SMALL = "@T.prim_func\ndef small(A: T.Buffer((8,), 'float32')):\n    A[0] = A[1] + T.float32(1)\n"

COMPILED = ("c", EMULATED)
"""The devices whose texts a compiler must see."""

OUT_OF_MEMORY = ("bad_alloc", "out of memory", "Cannot allocate memory", "MemoryError")
"""What an error says, in some layer of some library, when there is no more memory."""


class Imports:
    """Notes when TVM's tensor intrinsics are imported in a process that has not loaded them.

    TVM's matmul rule takes any error of the import for a sign that it does not fit, and the
    answer would be another one.
    """

    def __init__(self) -> None:
        self.missed = False

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Find no module, as all finders of modules are asked first.

        Raises
        ------
        ModuleNotFoundError
            For the intrinsics.
        """
        if name == gpu_schedule.INTRINSICS or name.startswith(f"{gpu_schedule.INTRINSICS}."):
            self.missed = True
            raise ModuleNotFoundError(name=name)


class World(NamedTuple):
    """What the zygote found out once for all its children.

    Attributes
    ----------
    layers
        The layers of the jail that the zygote has and its children inherit.
    grants
        What the process of each profile may open.
    parent
        The zygote's process number.
    as_owner
        The profiles whose processes stay the user that they are, without capabilities: what they
        read, such as TVM's headers, lies where no other user may.
    parts
        The parts of the engine that work with this TVM.
    """

    layers: tuple[Layer, ...]
    grants: dict[str, Grants]
    parent: int
    as_owner: frozenset[str] = frozenset()
    parts: Parts = Parts(TESTED)


class Ready(NamedTuple):
    """A process in its jail, before it knows what it is asked.

    Attributes
    ----------
    missing
        The layers for lack of which it does nothing.
    uncompiled
        Why nothing is compiled for it; empty where its errands are done, or it has none.
    parts
        The parts of the engine that work with this TVM.
    """

    profile: Profile
    missing: tuple[Layer, ...]
    imports: Imports
    uncompiled: str = ""
    parts: Parts = Parts(TESTED)


def answer(order: Order, stream: int, channels: dict[str, int], world: World) -> NoReturn:
    """Answer what is asked on a stream, under the jail of the order's profile."""
    # Where there is no GPU a program may run on the CPU in its stead.
    name = "run-library" if order.profile == "gpu" and not paths.devices() else order.profile

    def work() -> None:
        _converse(stream, _prepare(name, order.job, channels, world))

    _live(work, (stream, *channels.values()))


def stand_by(profile: str, number: int, orders: int, world: World) -> NoReturn:
    """Get ready for a job that is still to come, and answer what is asked on its stream."""

    def work() -> None:
        with socket.socket(fileno=orders) as opened:
            ready = _prepare(profile, number, {}, world)
            # The first answer after a fork has to copy much of what it touches.
            if "sources" not in world.parts.off:
                answers = dispatch.Answers(parts=world.parts)
                answers.answer(Request(text=_SMALL, part=SourcePart(marks=False)))
            _, streams, _, _ = socket.recv_fds(opened, 1, 1)
        if streams:
            _converse(streams[0], ready)

    _live(work, (orders,))


def _prepare(name: str, number: int, channels: dict[str, int], world: World) -> Ready:
    """Close the jail."""
    if name in ("gpu", "look"):
        os.environ.pop(SOURCE_ONLY, None)
        environment.PROBE.set(lambda: sandbox.probe(world.layers))
    if channels:
        # Made before: it asks the system what kind of socket this is.
        toolchain.ROUTE.set(delegate.Compiler(socket.socket(fileno=channels[COMPILE])))
        reference.ROUTE.set(delegate.Evaluator(channels[REFERENCE]))
    imports = Imports()
    sys.meta_path.insert(0, imports)
    profile = PROFILES[name]
    layers = _restrict(name, number, world)
    uncompiled = ""
    if channels:
        # What holds here holds there: it is the same kernel.
        reference.REFUSAL.set(_errand_refusal(REFERENCE, layers))
        if uncompiled := _errand_refusal(COMPILE, layers):
            toolchain.do_without()
    return Ready(profile, sandbox.lacking(profile, layers), imports, uncompiled, world.parts)


def _converse(stream: int, ready: Ready) -> None:
    converse(msgspec.json.decode(receive(stream), type=Batch), stream, ready)


def converse(batch: Batch, stream: int, ready: Ready) -> None:
    """Answer requests one after the other on a stream."""
    answers = dispatch.Answers(parts=ready.parts)
    for index, request in zip(batch.indices, batch.requests, strict=True):
        began = time.monotonic()
        problem = _refusal(ready, request) or _answer(stream, index, answers, request, ready)
        end = End(
            status="failed" if problem else "ok",
            problem=problem,
            seconds=time.monotonic() - began,
            index=index,
        )
        send(stream, end)


def run_errand(kind: str, channel: int, job: int, folder: str, world: World) -> NoReturn:
    """Do what is asked on a channel, under the jail of the errand's profile."""

    def work() -> None:
        if kind == COMPILE:
            with socket.socket(fileno=channel) as opened:
                refusal = _errand_refusal(kind, _restrict(kind, job, world, folder))
                delegate.serve_compiler(opened, folder, refusal)
        else:
            refusal = _errand_refusal(kind, _restrict(kind, job, world))
            delegate.serve_reference(channel, refusal)

    _live(work, (channel,))


def _live(work: Callable[[], None], files: Iterable[int]) -> NoReturn:
    status = 1
    try:
        os.setpgid(0, 0)
        close_all_but((0, 1, 2, *files))
        gc.disable()  # it lives for one job
        work()
        status = 0
    except (EOFError, BrokenPipeError, ConnectionResetError):
        status = 0  # nobody is listening any more
    except BaseException:
        # Seen with TIRSCOPE_DEBUG=1; the other end reports a crash.
        traceback.print_exc()
    finally:
        os._exit(status)


def close_all_but(files: Iterable[int]) -> None:
    """Close every file of this process but those of these numbers."""
    edges = [*sorted(set(files)), os.sysconf("SC_OPEN_MAX")]
    for kept, following in pairwise(edges):
        os.closerange(kept + 1, following)


def _restrict(name: str, job: int, world: World, folder: str = "") -> tuple[Layer, ...]:
    grants = world.grants.get(name, Grants())
    if folder:
        grants = grants._replace(writes=(*grants.writes, folder))
    user = None if name in world.as_owner else identity.user_of(job)
    layers = sandbox.restrict(PROFILES[name], grants, user, world.layers)
    if os.getppid() != world.parent:
        os._exit(1)  # it ended before it could be told to take us along
    return layers


# ---------------------------------------------------------------- answers


def _answer(
    stream: int,
    index: int,
    answers: dispatch.Answers,
    request: Request,
    ready: Ready,
) -> Problem | None:
    """Send the answer to a request; return what went wrong instead."""
    problem, reply = _tried(stream, index, answers, request, ready)
    if ready.imports.missed:
        return Problem(code=PRELOAD, message="it needs TVM's tensor intrinsics")
    if reply is not None:
        send(stream, Answer(reply=msgspec.Raw(encode(reply)), index=index))
    return problem


def _tried(
    stream: int,
    index: int,
    answers: dispatch.Answers,
    request: Request,
    ready: Ready,
) -> tuple[Problem | None, Reply | None]:
    profile = ready.profile
    try:
        reply = answers.answer(request, lambda step: send(stream, Progress(step=step, index=index)))
    except VizError as error:
        return (_too_much(profile) if _is_of_memory(error.message) else problem_of(error)), None
    except MemoryError:
        return _too_much(profile), None
    except BrokenPipeError:
        raise
    except Exception as error:
        # The boundary of the process: whatever went wrong becomes an answer.
        return (_too_much(profile) if _is_of_memory(str(error)) else _internal(error, ready)), None
    return None, reply


def _is_of_memory(message: str) -> bool:
    return any(words in message for words in OUT_OF_MEMORY)


def _too_much(profile: Profile) -> Problem:
    amount = f"{profile.memory / GIB:g} GiB" if profile.memory else "all there is"
    return problem_of(
        WorkerError(f"stopped: it used more than {amount} of memory", hint="Try smaller sizes.")
    )


def _internal(error: Exception, ready: Ready) -> Problem:
    lines = str(error).strip().splitlines() or ["no message"]
    message = f"{type(error).__name__}: {lines[-1][:300]}"
    hint = "This is a mistake in TIRscope or in TVM."
    if ready.parts.version != TESTED:
        hint += f" TIRscope knows TVM {TESTED}; this is {ready.parts.version}."
    return Problem(code="internal", message=message, hint=hint)


# ---------------------------------------------------------------- where a layer is missing


def _refusal(ready: Ready, request: Request) -> Problem | None:
    """Return why a request is not answered, for lack of a layer."""
    message = ""
    if ready.missing:
        lacks = _listed(ready.missing)
        message = f"programs are shown here but not run: this system lacks {lacks}"
    elif isinstance(request.part, RunPart) and request.part.device in COMPILED:
        message = ready.uncompiled
    return problem_of(RunError(message, hint=sandbox.OVERRIDE)) if message else None


def _errand_refusal(kind: str, layers: tuple[Layer, ...]) -> str:
    missing = sandbox.lacking(PROFILES[kind], layers)
    if not missing:
        return ""
    what = "C is not compiled" if kind == COMPILE else "a reference is not run"
    return f"{what} here: this system lacks {_listed(missing)}"


def _listed(layers: tuple[Layer, ...]) -> str:
    return ", ".join(f"{sandbox.TITLES[layer.name]}: {layer.reason}" for layer in layers)

"""A process that has imported TVM and forks one child a request.

It is started by :mod:`viz.worker` with one end of a socket pair. Each message on it that carries a
file descriptor is a new job: the descriptor is a stream on which the child reads one request and
writes its frames, each as four bytes of length and JSON. A fork costs milliseconds where an import
costs seconds.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time
import traceback
from typing import NoReturn

import msgspec

from viz.errors import EngineError, VizError
from viz.model import Answer, End, Problem, Progress, Request, encode
from viz.protocol import Notice, Order, pack, problem_of, receive

_WARM_UP = """
@T.prim_func(s_tir=True)
def warm(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        with T.sblock("B"):
            vi = T.axis.spatial(8, i)
            B[vi] = A[vi] + T.float32(1.0)
"""


def serve(control: socket.socket, *, preload: bool) -> None:
    """Load the engine, say so, and fork children until the other end closes."""
    try:
        _load(preload=preload)
    except (VizError, ImportError, OSError) as error:
        failure = (
            error if isinstance(error, VizError) else EngineError(f"TVM cannot be loaded: {error}")
        )
        control.send(encode(Notice(problem=problem_of(failure))))
        return
    gc.collect()
    gc.freeze()
    read_end, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    control.send(encode(Notice(ready=True)))
    children: dict[int, int] = {}
    while True:
        readable, _, _ = select.select([control.fileno(), read_end], [], [])
        if read_end in readable:
            os.read(read_end, 4096)
            _reap(control, children)
        if control.fileno() in readable:
            message, streams, _, _ = socket.recv_fds(control, 4096, 1)
            if not message:
                _kill_all(children)
                return
            order = msgspec.json.decode(message, type=Order)
            if order.kill:
                _kill(children, order.job)
            elif streams:
                _fork(control, children, order.job, streams[0])


def _load(*, preload: bool) -> None:
    from viz.engine.generation import require

    require()
    from viz.engine import schedule, service
    from viz.model import SourcePart, TreePart

    if preload:
        schedule.preload()
    # What is imported and initialised before the fork need not be after it, in every child again.
    for target in ("c", "llvm", "cuda"):
        service.answer(Request(text=_WARM_UP, target=target, part=SourcePart(marks=False)))
    service.answer(Request(text=_WARM_UP, part=TreePart()))


def _reap(control: socket.socket, children: dict[int, int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid in children:
            control.send(encode(Notice(job=children.pop(pid), status=status)))


def _kill(children: dict[int, int], job: int) -> None:
    for pid, number in children.items():
        if number == job:
            os.killpg(pid, signal.SIGKILL)


def _kill_all(children: dict[int, int]) -> None:
    for pid in children:
        os.killpg(pid, signal.SIGKILL)


def _fork(control: socket.socket, children: dict[int, int], job: int, stream: int) -> None:
    pid = os.fork()
    if pid == 0:
        # Its own process group, so that compilers it starts die with it.
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        control.close()
        gc.disable()  # it lives for one request
        _child(stream)
    try:
        os.setpgid(pid, pid)
    except OSError:
        pass  # the child was faster, or is gone already
    os.close(stream)
    children[pid] = job


def _child(descriptor: int) -> NoReturn:
    status = 1
    try:
        with socket.socket(fileno=descriptor) as stream:
            _work(stream)
        status = 0
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # nobody is listening any more
    except BaseException:
        # Seen with TIRSCOPE_DEBUG=1; the other end reports a crash.
        traceback.print_exc()
    finally:
        os._exit(status)


def _work(stream: socket.socket) -> None:
    from viz.engine import service

    began = time.monotonic()
    request = msgspec.json.decode(receive(stream), type=Request)
    try:
        reply = service.answer(request, lambda step: stream.sendall(pack(Progress(step=step))))
    except VizError as error:
        problem = problem_of(error)
    except Exception as error:
        # The boundary of the process: whatever went wrong becomes an answer.
        lines = str(error).strip().splitlines() or ["no message"]
        message = f"{type(error).__name__}: {lines[-1][:300]}"
        problem = Problem(
            code="internal", message=message, hint="This is a mistake in TIRscope or in TVM."
        )
    else:
        stream.sendall(pack(Answer(reply=msgspec.Raw(encode(reply)))))
        stream.sendall(pack(End(status="ok", seconds=time.monotonic() - began)))
        return
    stream.sendall(pack(End(status="failed", problem=problem, seconds=time.monotonic() - began)))


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), preload="--preload" in sys.argv)

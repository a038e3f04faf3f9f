"""Build programs by TVM alone, in a process of its own: an oracle for what TVM refuses by itself.

The text is parsed as TIRscope parses it, older spellings brought up to date. What follows is what a
user of TVM calls: dlight's rules for the functions without threads, ``tvm.compile``, the text of
the built module.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

SECONDS = 30.0
"""The longest time for one program."""

EMITTED = ""
"""What is answered for a program that TVM builds."""


class TvmBuilder:
    """A process that builds programs; it is started anew when one ended it or took too long."""

    def __init__(self) -> None:
        self._process: Any = None
        self._channel: Any = None

    def refusal(self, text: str, target: str) -> str:
        """Return why TVM does not build a program for a target of ours; ``EMITTED`` if it does."""
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._channel, other = context.Pipe()
            self._process = context.Process(target=_serve, args=(other,), daemon=True)
            self._process.start()
            other.close()
        try:
            self._channel.send((text, target))
            if self._channel.poll(SECONDS):
                return str(self._channel.recv())
            reason = f"TVM took longer than {SECONDS:g} s"
        except (EOFError, BrokenPipeError, ConnectionResetError):
            reason = "TVM ended its process"
        self._process.kill()
        self._process.join()
        self._process = None
        return reason


def _serve(channel: Connection) -> None:
    sys.setrecursionlimit(20_000)
    while True:
        try:
            text, target = channel.recv()
        except EOFError:
            return
        channel.send(_refusal(text, target))


def _refusal(text: str, target: str) -> str:
    from viz.frontend.program import read
    from viz.ir.parse import parse

    reasons: list[str] = []
    for attempt in _attempts(parse(read(text)).mod, target):
        try:
            built = attempt()
        except Exception as error:  # whatever TVM throws at whatever its own tests hold
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            reasons.append(lines[-1] if lines else type(error).__name__)
            continue
        if _has_text(built, target):
            return EMITTED
        reasons.append("there is no kernel")
    return reasons[0]


def _attempts(mod: Any, target: str) -> Iterator[Any]:
    """Yield what may build a module: as it is, by TIRx's pipeline, scheduled by dlight."""
    import tvm
    from tvm.s_tir import dlight

    from viz.ir.functions import named
    from viz.passes import function_roles, gpu_schedule, targets
    from viz.targets.rows import row_of

    whole, _ = named(mod)
    chosen = targets.target_of(target)

    def copy() -> Any:  # TVM's passes and schedules write into what they are given
        return tvm.ir.load_json(tvm.ir.save_json(whole))

    yield lambda: tvm.compile(copy(), target=chosen)
    if any(map(function_roles.is_tirx, whole.functions.values())):
        yield lambda: tvm.compile(copy(), target=chosen, tir_pipeline="tirx")
    if row_of(target).gpu:
        rules = [getattr(dlight.gpu, rule)() for rule in gpu_schedule.RULES]

        def scheduled() -> Any:
            with chosen:
                return dlight.ApplyDefaultSchedule(*rules)(copy())

        yield lambda: tvm.compile(scheduled(), target=chosen)


def _has_text(built: Any, target: str) -> bool:
    """Whether a build for a CPU has a text, one for a GPU a text of kernels."""
    from viz.targets.rows import row_of

    modules = built.mod.imports if row_of(target).gpu else [built.mod]
    return any(module.inspect_source() for module in modules)

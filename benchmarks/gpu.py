"""Try everything that needs a GPU on a machine that has one, in at most six minutes.

``python -m benchmarks.gpu [--device cuda] [--seconds 360] [--only NAME …]`` prints a line for each
check and ends with status 1 where one failed. The stages:

* ``examples``: every example that emits CUDA, in the jail, against NumPy.
* ``numbers``: the same elements as the emulator computes, and the same verdict.
* ``wrong``: programs that crash, hang or go out of bounds are answered in words within their time,
  and the next request is unharmed.
* ``timing``: the engine's time evaluator against a clock around many calls, within 1 %.
* ``compile``: the text of every example by a compiler, for three architectures.

Another ``--device`` runs the same checks without a GPU, to try the script itself: times are then
printed and not judged.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import tvm

import viz
from viz.errors import VizError
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.harness.comparison import Tolerance, compare
from viz.ir.parse import Parsed, parse
from viz.ir.process_state import own_process
from viz.model import EMULATED, LaunchPart, LaunchReport, Options, Outcome, Request, RunPart
from viz.runtime.analysis.precision import tolerances
from viz.runtime.devices import DEVICES, BuiltProgram
from viz.runtime.execute import Call, execute
from viz.runtime.expectation import first_function
from viz.runtime.run import for_device, prepared
from viz.service.client.submit import submit

SECONDS = 360.0
"""How long all stages may take together; what is left out then is named."""

RUN_SECONDS = 20.0
"""How long one program may take; one that hangs is ended after it."""

TIMES_ALIKE = 0.01
"""By how much the two times of a call may differ, of the larger one."""

NOT_EMITTED = ("if_double",)
"""Examples without a CUDA text: no default schedule fits them."""


class GpuCheck(NamedTuple):
    """A check: whether it passed, and what is told of it."""

    stage: str
    name: str
    passed: bool
    told: str


Stage = Callable[[str, str], Iterator[GpuCheck]]

# ---------------------------------------------------------------- examples


def _on_device(name: str, device: str) -> Iterator[GpuCheck]:
    began = time.perf_counter()
    try:
        outcome = viz.run(examples()[name].text, device)
    except VizError as error:
        yield GpuCheck("examples", name, False, error.message)
        return
    substitute = [problem.code for problem in outcome.problems if problem.code == "stand-in"]
    worst = max((each.max_abs or 0.0 for each in outcome.comparisons), default=0.0)
    told = f"max abs error {worst:.3g}, built in {outcome.build_seconds or 0:.2f} s, "
    told += f"a call {_microseconds(outcome.seconds)}, in all {time.perf_counter() - began:.1f} s"
    yield GpuCheck("examples", name, outcome.passed and not substitute, told)


def _microseconds(seconds: float | None) -> str:
    return "not timed" if seconds is None else f"{seconds * 1e6:.1f} µs"


# ---------------------------------------------------------------- numbers


def _numbers(name: str, device: str) -> Iterator[GpuCheck]:
    parsed = parse(read(examples()[name].text))
    try:
        program, call = _built(parsed, device)
        emulated, _ = _built(parsed, EMULATED)
        got, expected = execute(program, call).outputs, execute(emulated, call).outputs
    except VizError as error:
        yield GpuCheck("numbers", name, False, error.message)
        return
    allowed = tolerances(call.function, parsed.mod, call.arguments.sizes)
    for output, array in got.items():
        limit = allowed.get(output, Tolerance())
        comparison = compare(output, np.asarray(array), np.asarray(expected[output]), limit)
        apart = "not finite" if comparison.max_abs is None else f"{comparison.max_abs:.3g}"
        told = f"{output}: at most {apart} from the emulator's"
        yield GpuCheck("numbers", name, comparison.passed, told)


def _built(parsed: Parsed, device: str) -> tuple[BuiltProgram, Call]:
    name = first_function(parsed)
    parsed = for_device(parsed, device)
    function = next(f for gv, f in parsed.mod.functions.items() if gv.name_hint == name)
    call = prepared(parsed, name, function, 0, {}, {})
    return DEVICES[device].build(parsed.mod, Options(), name), call


# ---------------------------------------------------------------- wrong programs

_KERNEL = """@T.prim_func
def main(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    for bx in T.thread_binding(2, thread="blockIdx.x"):
        for tx in T.thread_binding(32, thread="threadIdx.x"):
            {statement}

def reference(A):
    return A
"""
_SERIAL = """@T.prim_func
def main(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    for i in range(64):
        {statement}

def reference(A):
    return A
"""
_AT = {True: "bx * 32 + tx", False: "i"}
WRONG = {
    "writes far outside": "B[{at} + 1000000000] = A[{at}]",
    "reads far outside": "B[{at}] = A[{at} + 1000000000]",
    "writes a little outside": "B[{at} + 64] = A[{at}]",
    "hangs": "while A[{at}] == A[{at}]:\n{deeper}B[{at}] = B[{at}] + T.float32(1)",
    "writes the wrong element": "B[63 - ({at})] = A[{at}]",
}
"""What is wrong with a program, and its statement; ``at`` is the number of the element."""


def wrong_program(what: str, device: str) -> str:
    """Return the text of a wrong program for a device: threads where it is a GPU."""
    is_gpu = DEVICES[device].target in ("cuda", "opencl")
    deeper = " " * (16 if is_gpu else 12)
    statement = WRONG[what].format(at=_AT[is_gpu], deeper=deeper)
    return (_KERNEL if is_gpu else _SERIAL).format(statement=statement)


def _wrong(what: str, device: str) -> Iterator[GpuCheck]:
    text, part = wrong_program(what, device), RunPart(device=device)
    began = time.perf_counter()
    try:
        outcome = submit(Request(text=text, part=part), seconds=RUN_SECONDS).result()
        assert isinstance(outcome, Outcome)
        answered, told = not outcome.passed, "the outputs are wrong"
        told = "; ".join([finding.text() for finding in outcome.findings]) or told
    except VizError as error:
        answered, told = error.code != "internal" and bool(error.message), error.message
    seconds = time.perf_counter() - began
    yield GpuCheck(
        "wrong", what, answered and seconds < RUN_SECONDS + 10, f"{told} ({seconds:.1f} s)"
    )
    after = f"{examples()['add_one'].text}\n# after: {what}\n"
    try:
        passed, told = viz.run(after, device).passed, "the next request"
    except VizError as error:
        passed, told = False, f"the next request: {error.message}"
    yield GpuCheck("wrong", what, passed, told)


# ---------------------------------------------------------------- timing


def _timing(name: str, device: str) -> Iterator[GpuCheck]:
    """Time calls that are long enough for the launch not to matter, twice each."""
    parsed = parse(read(examples()[name].text))
    program, call = _built(parsed, device)
    values = call.arguments.values
    placed: dict[str, Any] = {
        key: tvm.runtime.tensor(value, program.device) if isinstance(value, np.ndarray) else value
        for key, value in values.items()
    }
    arguments = [placed[str(parameter.name)] for parameter in call.function.params]
    function = program.module[call.symbol]
    function(*arguments)
    program.device.sync()
    calls = max(3, min(20_000, int(0.2 / max(_raw(program, function, arguments, 3), 1e-6))))
    apart, told = 1.0, ""
    for _ in range(5):  # a clock may jump once
        raw = _raw(program, function, arguments, calls)
        evaluator = program.module.time_evaluator(call.symbol, program.device, number=calls)
        measured = float(evaluator(*arguments).mean)
        if abs(raw - measured) / max(raw, measured) < apart:
            apart = abs(raw - measured) / max(raw, measured)
            told = f"{raw * 1e6:.2f} µs by a clock, {measured * 1e6:.2f} µs by the evaluator"
    judged = device == "cuda"
    yield GpuCheck("timing", name, not judged or apart <= TIMES_ALIKE, f"{told}, {apart:.2%} apart")


def _raw(program: BuiltProgram, function: Any, arguments: Sequence[Any], calls: int) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        function(*arguments)
    program.device.sync()
    return (time.perf_counter() - began) / calls


# ---------------------------------------------------------------- compile


def _compile(name: str, _device: str) -> Iterator[GpuCheck]:
    part = LaunchPart(mends=False, compile=True)
    request = Request(text=examples()[name].text, target="cuda", part=part)
    try:
        report = submit(request).result()
    except VizError as error:
        yield GpuCheck("compile", name, False, error.message)
        return
    assert isinstance(report, LaunchReport)
    for check in report.compiled:
        told = f"{check.arch}: {check.program}, {check.seconds:.2f} s"
        if check.problem is not None:
            told = f"{check.arch}: {check.problem.message}"
        taken = check.problem is None or check.problem.severity == "info"
        yield GpuCheck("compile", name, taken, told)


# ---------------------------------------------------------------- all stages

TIMED = ("matmul_gpu", "softmax", "conv2d")


def stages(only: Sequence[str]) -> Iterator[tuple[Stage, str]]:
    """Yield each stage with each of its programs, the most important first."""
    names = [name for name in examples() if name not in NOT_EMITTED and (not only or name in only)]
    yield from ((_on_device, name) for name in names)
    yield from ((_wrong, what) for what in WRONG)
    yield from ((_timing, name) for name in TIMED if not only or name in only)
    yield from ((_numbers, name) for name in names)
    yield from ((_compile, name) for name in names)


def check_all(device: str, seconds: float, only: Sequence[str] = ()) -> list[GpuCheck]:
    """Make all checks that fit into a time, and print each."""
    began, done, left = time.perf_counter(), [], 0
    for stage, name in stages(only):
        if time.perf_counter() - began > seconds - RUN_SECONDS:
            left += 1
            continue
        for each in stage(name, device):
            done.append(each)
            sign = "✓" if each.passed else "✗"
            print(f"{sign} {each.stage:9} {each.name:26} {each.told}", flush=True)
    failed = sum(not each.passed for each in done)
    spent = time.perf_counter() - began
    print(f"{len(done)} checks on {device} in {spent:.0f} s, {failed} failed, {left} left out")
    return done


def main() -> int:
    """Read the command line and make the checks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--device", default="cuda", choices=DEVICES)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--only", nargs="*", default=(), metavar="NAME")
    given = parser.parse_args()
    own_process()
    if missing := DEVICES[given.device].missing():
        print(f"{given.device}: {missing}")
        return 1
    done = check_all(given.device, given.seconds, given.only)
    return int(not done or any(not each.passed for each in done))


if __name__ == "__main__":
    sys.exit(main())

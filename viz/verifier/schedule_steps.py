"""Run a program after each step of its schedule, and compare with what it was before all steps.

Until a loop is bound to threads LLVM runs it. After that the interpreter of
:mod:`viz.step.lockstep` does, on fewer blocks or smaller sizes where it has many: all threads go on
together, which is what a schedule means by them before a pass inserts barriers. What the
interpreter cannot run goes through LLVM too, with the threads one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from viz.errors import VizError
from viz.harness.comparison import Tolerance, compare
from viz.ir.parse import Parsed
from viz.ir.walker import Walks
from viz.messages import Message, message_of
from viz.model import EMULATED, Options, RunPart, Sample, StageVerdict, Verdict, VerdictBy
from viz.passes.function_roles import binds_threads, is_bound
from viz.passes.schedule.in_order import are_alike, in_order
from viz.passes.schedule.replay import Scheduled
from viz.passes.step import Step
from viz.runtime.analysis.precision import tolerances
from viz.runtime.analysis.sizes import symbols
from viz.runtime.devices import DEVICES
from viz.runtime.execute import Call, execute
from viz.runtime.run import declared_table, prepared
from viz.step.accesses.machine import UnableError
from viz.step.lockstep.rules import NoElementError
from viz.step.lockstep.run import Interpreted, interpreted
from viz.verifier.stage_runs import copied

SECONDS = 60.0
"""Seconds after which no further step is run."""

SECONDS_OF_STEP = 5.0
"""Seconds that the interpreter may take for a step."""

SMALLER = 37
"""A size that the interpreter takes where nobody chose one and the usual one is too large: no
multiple of what loops are split by."""


class StepFound(NamedTuple):
    """What running a program showed."""

    verdict: Verdict
    why: Message | None = None
    by: VerdictBy = "llvm"


class Expected(NamedTuple):
    """A call, and what the program computes for it before all steps."""

    call: Call
    outputs: Mapping[str, Any]
    allowed: Mapping[str, Tolerance]


def step_verdicts(
    parsed: Parsed,
    name: str,
    scheduled: Scheduled,
    sizes: Mapping[str, int] | None = None,
    *,
    emulated: bool = False,
) -> tuple[StageVerdict, ...]:
    """Return a verdict for each step that changed the program, by the number of its stage.

    Parameters
    ----------
    emulated
        Whether what is right so far is run by the emulator too, once its loops are bound to
        threads: in checked mode, which finds races and accesses outside of buffers.

    Raises
    ------
    VizError
        When the program itself, without its schedule, cannot be run.
    """
    checker = StepChecker(parsed, name, sizes or {})
    verdicts = []
    for number, step in enumerate(scheduled.steps, 1):
        if step.after.same_as(step.before):
            continue
        began = time.monotonic()
        found = checker.found(step)
        if emulated and found.verdict in ("right", "same") and is_bound(step.after[name]):
            found = _surer(found, checker.emulated(step))
        seconds = time.monotonic() - began
        verdicts.append(
            StageVerdict(
                stage=number,
                name=step.name,
                verdict=found.verdict,
                why=found.why,
                seconds=seconds,
                by=found.by if found.verdict in ("right", "same", "wrong") else "",
            )
        )
    return tuple(verdicts)


class StepChecker:
    """Runs a program after one step after the other on the same inputs.

    Raises
    ------
    VizError
        When the program itself, without its schedule, cannot be run.
    """

    def __init__(self, parsed: Parsed, name: str, sizes: Mapping[str, int]) -> None:
        self._parsed = parsed
        self._name = name
        self._sizes = sizes
        self._until = time.monotonic() + SECONDS
        self._walks = Walks(parsed.user_span)
        self._first = in_order(parsed.mod)
        self._before = self._first
        self._found = StepFound("right")
        self._usual = self._expected({})
        self._reduced: Expected | None = None

    def found(self, step: Step) -> StepFound:
        """Run the program after a step, and say what that showed."""
        after = in_order(step.after)
        is_alike = are_alike(self._before, after)
        self._before = after
        if time.monotonic() > self._until:
            self._found = _unable_time()
        elif not binds_threads(step.after[self._name]):
            self._found = self._by_llvm(after, is_alike)
        else:
            self._found = self._by_interpreter(step.after, after, is_alike)
        return self._found

    def emulated(self, step: Step) -> StepFound:
        """Run a program as CUDA text on the emulator, which also looks for mistakes."""
        if time.monotonic() > self._until:
            return _unable_time()
        part = RunPart(device=EMULATED, checked=True)
        call, expected, allowed = self._usual
        try:
            program = DEVICES[EMULATED].build(step.after, Options(), call.name, part)
            outputs = execute(program, call).outputs
        except VizError as error:
            return StepFound("unable", error.what)
        harmful = [each for each in program.module.findings if not each.harmless]
        if harmful:
            return StepFound("wrong", harmful[0].what, "emulator")
        why = _differs(outputs, expected, allowed)
        return StepFound("wrong" if why else "right", why, "emulator")

    # ------------------------------------------------------------ LLVM

    def _by_llvm(self, after: Any, is_alike: bool) -> StepFound:
        """Run a program through LLVM, unless it is the one before by other names."""
        if is_alike and self._found.verdict in ("right", "same"):
            return StepFound("same")
        if is_alike and self._found.verdict == "wrong":
            return self._found
        call, expected, allowed = self._usual
        try:
            outputs = _outputs(after, call)
        except VizError as error:
            return StepFound("unable", error.what)
        why = _differs(outputs, expected, allowed)
        return StepFound("wrong" if why else "right", why)

    def _expected(self, sizes: Mapping[str, int]) -> Expected:
        """Return a call at some sizes, and what the program computes before all steps.

        Raises
        ------
        VizError
            When it cannot be run.
        """
        function = self._parsed.mod[self._name]
        ranges = declared_table(self._parsed, self._name, "RANGES")
        chosen = {**sizes, **self._sizes}
        call = prepared(self._parsed, self._name, function, 0, chosen, ranges)
        allowed = tolerances(function, self._parsed.mod, call.arguments.sizes)
        return Expected(call, _outputs(self._first, call), allowed)

    # ------------------------------------------------------------ the interpreter

    def _by_interpreter(self, mod: Any, after: Any, is_alike: bool) -> StepFound:
        """Run a program with threads by the interpreter, else through LLVM with a remark."""
        tree = self._walks.tree(mod, "scheduled", "cuda")
        until = min(self._until, time.monotonic() + SECONDS_OF_STEP)
        why: Message | None = None
        for expected in self._candidates():
            call = expected.call
            arguments = {
                name: copied(value) if isinstance(value, np.ndarray) else value
                for name, value in call.arguments.values.items()
            }
            try:
                ran = interpreted(tree, self._name, arguments, until=until)
            except NoElementError as error:
                return StepFound(
                    "wrong", message_of("interpreter-outside", name=error.buffer), "interpreter"
                )
            except UnableError as error:
                why = why or error.why
                continue
            outputs = {name: arguments[name] for name in call.outputs}
            expected_outputs = _where_written(expected.outputs, outputs, ran)
            wrong = _differs(outputs, expected_outputs, expected.allowed)
            remark = self._remark(ran, expected)
            return StepFound("wrong" if wrong else "right", wrong or remark, "interpreter")
        assert why is not None
        found = self._by_llvm(after, is_alike)
        if found.verdict in ("right", "same"):
            return found._replace(why=message_of("interpreter-unable", why=why))
        return found

    def _candidates(self) -> Iterator[Expected]:
        """Yield what the program is called with: the usual sizes, then smaller ones."""
        if self._reduced is None:
            yield self._usual
        usual = self._usual.call.arguments.sizes
        function = self._parsed.mod[self._name]
        fixed = {*self._sizes, *declared_table(self._parsed, self._name, "SIZES")}
        free = {name: min(usual[name], SMALLER) for name in symbols(function) if name not in fixed}
        if any(size < usual[name] for name, size in free.items()):
            try:
                self._reduced = self._reduced or self._expected(free)
            except VizError:
                return
            yield self._reduced

    def _remark(self, ran: Interpreted, expected: Expected) -> Message | None:
        """Return what of the program did not run."""
        if ran.blocks < ran.total:
            return message_of("interpreter-blocks", blocks=ran.blocks, total=ran.total)
        if expected is self._usual:
            return None
        sizes = expected.call.arguments.sizes
        shown = ", ".join(f"{name} = {size}" for name, size in sizes.items())
        return message_of("interpreter-sizes", sizes=shown)


def _surer(found: StepFound, emulated: StepFound) -> StepFound:
    """Return what the emulator showed; where it could not run, what was found before, and why."""
    if emulated.verdict != "unable":
        return emulated
    assert emulated.why is not None
    why = message_of("emulator-unable", why=emulated.why)
    if found.why is not None:
        why = message_of("step-remarks", first=found.why, second=why)
    return found._replace(why=why)


def _unable_time() -> StepFound:
    return StepFound("unable", message_of("unable-time", seconds=SECONDS))


def _where_written(
    expected: Mapping[str, Any], outputs: Mapping[str, Any], ran: Interpreted
) -> Mapping[str, Any]:
    """Return what is expected of the elements that were written; others are taken as they are."""
    if ran.written is None:
        return expected
    found = {}
    for name, array in expected.items():
        steps = tuple(step // array.itemsize for step in outputs[name].strides)
        flat = ran.written[name]
        written = np.lib.stride_tricks.as_strided(flat, array.shape, steps)
        found[name] = np.where(written, array, outputs[name])
    return found


def _differs(
    outputs: Mapping[str, Any], expected: Mapping[str, Any], allowed: Mapping[str, Any]
) -> Message | None:
    """Return which element differs first; None where none does."""
    for name, array in outputs.items():
        comparison = compare(name, array, expected[name], allowed.get(name, 0.0))
        if not comparison.passed and comparison.first is not None:
            return _wrong(name, comparison.first, comparison.mismatches, array.size)
    return None


def _wrong(name: str, first: Sample, count: int, total: int) -> Message:
    index = ", ".join(map(str, first.index))
    return message_of(
        "wrong-step-value",
        element=f"{name}[{index}]" if first.index else name,
        got=str(first.got),
        expected=str(first.expected),
        count=count,
        total=total,
    )


def _outputs(mod: Any, call: Call) -> dict[str, Any]:
    """Return what a program computes on the CPU.

    Raises
    ------
    RunError, LoweringError
        When it cannot be built, or stops.
    """
    return execute(DEVICES["llvm"].build(mod, Options(), call.name), call).outputs

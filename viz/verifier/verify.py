"""Run every stage of a pipeline on the same inputs and compare each with the first.

The stages run as the programs that our own codegen writes (:mod:`viz.step`), so that a mistake in
one of TVM's codegens is not taken for one of a pass.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from viz.errors import RunError
from viz.harness.comparison import TOLERANCES, Tolerance, compare
from viz.ir.parse import Parsed
from viz.ir.walker import Walks
from viz.messages import Message, message_of
from viz.model import (
    Comparison,
    PlacedStatement,
    Problem,
    Scalar,
    StageName,
    StageVerdict,
    Value,
    Verdict,
    Verification,
    VerifyPart,
    WrongStage,
)
from viz.model.problem import problem_of
from viz.passes.recording import Recording
from viz.runtime.analysis.precision import tolerances
from viz.runtime.execute import RETURNED
from viz.runtime.expectation import by_reference
from viz.step.execution.limited import LimitReached, ProgramError, Write
from viz.step.threads import MissedBarrierError
from viz.verifier.blame import Blame, stopped
from viz.verifier.stage_programs import RootOf, StageProgram, StagePrograms
from viz.verifier.stage_runs import Arrays, Stage, StageRunner

Report = Callable[[Message], None]
MOST_STOPPED = 3
"""Stages that are stopped by their limit before none of the others is tried."""

MISTAKES = (
    IndexError,
    RuntimeError,
    ArithmeticError,
    AssertionError,
    ValueError,
    NameError,
)
"""The errors of a program that are those of its stage; others mean that it could not be run."""

OWN_MISTAKES = (IndexError, AssertionError, ZeroDivisionError, MissedBarrierError)
"""Those of the first stage that are the user's: others may be limits of our codegen."""


class Verifier:
    """Runs the stages of one pipeline, one after the other."""

    def __init__(
        self,
        parsed: Parsed,
        function: str,
        recording: Recording,
        part: VerifyPart,
        *,
        root_of: RootOf,
        walks: Walks,
        report: Report,
        arguments: Mapping[str, Scalar] | None = None,
    ) -> None:
        self._parsed = parsed
        self._function = function
        self._recording = recording
        self._part = part
        self._arguments = arguments or {}
        self._report = report
        self._runner = StageRunner(parsed, function, recording.input[function], part)
        self._programs = StagePrograms(recording, function, root_of, walks)
        self._blame = Blame(parsed.program.text if parsed.definition else "", root_of, walks)
        self._mod = recording.input
        self._prim_func = self._mod[function]
        self._first: Stage | None = None
        self._before: Stage | None = None
        self._stopped: list[Message] = []
        self._wrong: WrongStage | None = None
        self._is_over = False
        """Whether the stages that follow cannot be compared with anything."""
        self._reference: Message | None = None
        self._problems: list[Problem] = []
        self._allowed: Mapping[str, Tolerance] = {}

    def verification(self) -> Verification:
        """Run all stages and return what they showed."""
        last = self._part.last
        stages = [
            (stage, name)
            for stage, name in self._programs.stages()
            if last is None or stage == "input" or (isinstance(stage, int) and stage <= last)
        ]
        verdicts: list[StageVerdict] = []
        for number, (stage, name) in enumerate(stages, 1):
            if self._is_over:
                verdicts.append(StageVerdict(stage=stage, name=name, verdict="unchecked"))
                continue
            shown = name or message_of(
                "verified-input" if stage == "input" else "verified-schedule"
            )
            self._report(message_of("step-verifying", name=shown, number=number, count=len(stages)))
            verdicts.append(self._verdict(stage, name))
        failure = self._recording.failure
        return Verification(
            target=self._recording.target,
            function=self._function,
            stages=tuple(verdicts),
            wrong=self._wrong,
            reference=self._reference,
            sizes=self._runner.call.arguments.sizes,
            most_rounds=self._part.rounds,
            most_seconds=self._part.seconds,
            seed=self._part.seed,
            problems=(*self._problems, *([problem_of(failure)] if failure else [])),
        )

    # ------------------------------------------------------------ stages

    def _verdict(self, stage: StageName, name: str) -> StageVerdict:
        began = time.monotonic()

        def verdict(kind: Verdict, why: Message | None = None, rounds: int = 0) -> StageVerdict:
            seconds = time.monotonic() - began
            return StageVerdict(
                stage=stage, name=name, verdict=kind, why=why, seconds=seconds, rounds=rounds
            )

        if time.monotonic() > self._runner.limit.until:
            return verdict("unable", message_of("unable-time", seconds=self._part.seconds))
        if self._first is None and len(self._stopped) >= MOST_STOPPED:
            return verdict("unable", self._stopped[-1])
        try:
            program = self._programs.program(stage)
        except RunError as error:
            return verdict("unable", error.what)
        if self._before is not None and program.texts == self._before.program.texts:
            self._before = self._before._replace(program=program)
            return verdict("same", _remark(program))
        compiled = program.compiled()
        try:
            done = self._runner.run_first(program, compiled) if self._first is None else None
            done = done or self._runner.run(program, compiled)
        except LimitReached as reached:
            self._stopped.append(self._why_stopped(reached))
            return verdict("unable", self._stopped[-1], reached.rounds)
        except ProgramError as error:
            mistakes = OWN_MISTAKES if self._first is None else MISTAKES
            if not isinstance(error.error, mistakes) or isinstance(error.error, RecursionError):
                return verdict("unable", message_of("unable-stops", error=stopped(error.error)))
            self._is_over = True
            return verdict("wrong", self._stops(name, program, error))
        except MemoryError:
            return verdict("unable", message_of("unable-memory"))
        is_first = self._first is None
        wrong = self._begun(name, done) if is_first else self._compared_with_first(name, done)
        self._before = done
        if wrong is not None:
            self._wrong = self._wrong or wrong
            self._is_over = self._is_over or not is_first
            return verdict("wrong", wrong.what, done.ran.rounds)
        why = message_of("first-that-ran") if is_first and stage != "input" else _remark(program)
        return verdict("right", why, done.ran.rounds)

    def _why_stopped(self, reached: LimitReached) -> Message:
        if not reached.rounds:
            return message_of("unable-time", seconds=self._part.seconds)
        return message_of("unable-rounds", rounds=reached.rounds, most=self._part.rounds)

    # ------------------------------------------------------------ comparisons

    def _begun(self, name: str, done: Stage) -> WrongStage | None:
        """Take a stage as the first, and compare it with the program's reference."""
        self._first = done
        sizes = self._runner.call.arguments.sizes
        self._allowed = tolerances(self._prim_func, self._mod, sizes)
        if (undefined := self._undefined(name, done)) is not None:
            self._is_over = True
            return undefined
        outputs = [RETURNED] if self._runner.call.returns_value else self._runner.call.outputs
        try:
            expected = by_reference(
                self._parsed,
                self._runner.call,
                outputs,
                self._part.reference,
                self._arguments,
            )
        except RunError as error:
            self._problems.append(problem_of(error))
            return None
        if expected is None:
            return None
        self._reference = message_of("compared-reference")
        return self._compared(name, done, expected, "wrong-from-the-start")

    def _undefined(self, name: str, done: Stage) -> WrongStage | None:
        """Return an output that depends on memory that nothing wrote, so has no value."""
        if not any("empty(" in text for text in done.program.texts):
            return None
        try:
            other = self._runner.run(done.program, done.compiled, fill=0)
        except (LimitReached, ProgramError):
            return None
        for output, array in done.arrays.items():
            # Bytes, so that NaN is itself.
            if array.tobytes() != other.arrays[output].tobytes():
                return self._compared(name, done, other.arrays, "wrong-unwritten", exactly=True)
        return None

    def _compared_with_first(self, name: str, done: Stage) -> WrongStage | None:
        assert self._first is not None
        return self._compared(name, done, self._first.arrays, "wrong-value")

    def _compared(
        self, name: str, done: Stage, expected: Arrays, message: str, *, exactly: bool = False
    ) -> WrongStage | None:
        """Return the first output that differs, those that are only read last; None for none."""
        outputs = sorted(expected, key=lambda output: output not in self._runner.call.outputs)
        for output in outputs:
            allowed = Tolerance() if exactly else self._allowed.get(output, Tolerance())
            got = done.arrays[output]
            if not exactly and got.dtype.kind in "iu":
                got = _without_roundings(got, expected[output], allowed.least)
            comparison = compare(output, got, expected[output], allowed)
            if not comparison.passed:
                return self._differs(name, done, comparison, message)
        return None

    def _differs(self, name: str, done: Stage, comparison: Comparison, message: str) -> WrongStage:
        first = comparison.first
        assert first is not None
        index = ", ".join(map(str, first.index))
        what = message_of(
            message,
            element=f"{comparison.name}[{index}]" if first.index else comparison.name,
            got=_shown(first.got),
            expected=_shown(first.expected),
            count=comparison.mismatches,
            total=int(done.arrays[comparison.name].size),
        )
        writer = self._writer(done, comparison.name, first.index)
        before = self._before and self._writer(self._before, comparison.name, first.index)
        return WrongStage(
            stage=done.program.stage,
            name=name,
            what=what,
            output=comparison.name,
            first=first,
            mismatches=comparison.mismatches,
            elements=int(done.arrays[comparison.name].size),
            writer=writer,
            writer_before=None if _is_same(before, writer) else before,
        )

    def _writer(self, stage: Stage, output: str, index: tuple[int, ...]) -> PlacedStatement | None:
        """Return what wrote an element last at a stage; None where nothing did."""
        if output == RETURNED:
            return None
        try:
            ran = self._runner.run(stage.program, stage.compiled, (output, index)).ran
        except (LimitReached, ProgramError):
            return None
        return None if ran.last_write is None else self._blame.writer(stage.program, ran.last_write)

    def _stops(self, name: str, program: StageProgram, error: ProgramError) -> Message:
        """Note that a stage stops with an error, and return what is wrong."""
        id_ = "wrong-stops" if self._first else "wrong-stops-itself"
        what = message_of(id_, error=stopped(error.error))
        writer = None
        if error.line:
            writer = self._blame.writer(program, Write(error.text, error.line, {}))
        wrong = WrongStage(stage=program.stage, name=name, what=what, writer=writer)
        self._wrong = self._wrong or wrong
        return what


def verification(
    parsed: Parsed,
    function: str,
    recording: Recording,
    part: VerifyPart,
    *,
    root_of: RootOf | None = None,
    walks: Walks | None = None,
    report: Report = lambda step: None,
    arguments: Mapping[str, Scalar] | None = None,
) -> Verification:
    """Run every stage of a recorded pipeline on the same inputs, and compare them.

    Parameters
    ----------
    function
        Name of the function that is run; the module is ``recording.input``.
    root_of, walks
        The module or function of a stage whose nodes are numbered, and its walks, where others use
        the same; the whole module when left out.
    report
        Called with each step as it begins.
    arguments
        The arguments of the factory that made the function, where they were given.

    Raises
    ------
    RequestError
        When a size is chosen that the function does not have.
    RunError
        When no inputs can be made, or the function writes nothing.
    """
    verifier = Verifier(
        parsed,
        function,
        recording,
        part,
        root_of=root_of or recording.stage,
        walks=walks or Walks(parsed.user_span),
        report=report,
        arguments=arguments,
    )
    return verifier.verification()


def _without_roundings(got: Any, expected: Any, allowed: float) -> Any:
    """Return integers with those of the first stage where only narrow floats make a difference.

    A pass may leave out roundings to float16 or bfloat16, and what is cast to an integer after it
    then differs by as much, or by one where it is cut off.
    """
    if allowed <= TOLERANCES["float32"]:
        return got
    apart = np.abs(got.astype(np.float64) - expected)
    return np.where(apart <= 1 + allowed * np.abs(expected.astype(np.float64)), expected, got)


def _remark(program: StageProgram) -> Message | None:
    return message_of("kernels-only") if program.kernels_only else None


def _is_same(one: PlacedStatement | None, other: PlacedStatement | None) -> bool:
    """Whether two stores of two stages come from one, as far as that is known."""
    if one is None or other is None:
        return one is other
    return one.span == other.span


def _shown(value: Value) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)

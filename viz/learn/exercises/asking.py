"""Turn the checks of an exercise into requests about an answer, and find their replies again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from string import Template
from typing import Any, TypeVar

import numpy as np

from viz.harness.array_files import npy
from viz.harness.made_arrays import made_array
from viz.learn.exercises.checks import (
    AgreeCheck,
    CleanCheck,
    CostCheck,
    NodesCheck,
    RuleCheck,
    SameCheck,
    StepsCheck,
    UnchangedCheck,
)
from viz.learn.exercises.exercise import CodingExercise
from viz.model import (
    EMULATED,
    CostOptions,
    InputKind,
    Outcome,
    Overview,
    OverviewPart,
    Plain,
    Problem,
    Reply,
    Request,
    RulePart,
    RuleTrial,
    RunPart,
    SchedulePart,
    ScheduleReport,
    Tree,
    TreePart,
    encode,
)

R = TypeVar("R", bound=Reply)

SMALL = (2, 9)
"""The numbers that stand for ``$a``, ``$b`` … in a hidden program, both inclusive."""

MOST_CHARACTERS = 20_000
"""Characters of an answer."""


class ExerciseAnswer(Plain, frozen=True):
    """An answer to an exercise, and the requests about it."""

    exercise: CodingExercise
    answer: str
    seed: int

    def requests(self) -> list[Request]:
        """Return all requests, each once."""
        found: dict[bytes, Request] = {}
        for request in self._requests():
            found.setdefault(encode(request), request)
        return [*found.values()]

    def _requests(self) -> Iterator[Request]:
        if self.exercise.form == "program":
            yield from (self.overview(own) for own in (True, False))
        for check in self.exercise.checks:
            yield from NEEDS[type(check)](self, check)

    # ------------------------------------------------------------ requests

    def text(self, own: bool) -> str:
        """Return the answer, or the program of the exercise."""
        return self.answer if own else self.exercise.text

    def overview(self, own: bool) -> Request:
        """Return the request for the functions of the answer, or of the exercise's program."""
        return Request(text=self.text(own), part=OverviewPart())

    def tree(self, own: bool, function: str = "") -> Request:
        """Return the request for a tree as it is written, without what a schedule makes of it."""
        return Request(text=self.text(own), function=function, part=TreePart())

    def run(self, device: str, inputs: InputKind = "normal", function: str = "") -> Request:
        """Return the request for a run of the answer against the exercise's reference."""
        exercise, on_gpu = self.exercise, device == EMULATED
        part = RunPart(
            device=device,
            seed=self.seed,
            reference=exercise.reference,
            compare_with="own",
            arrays=made_inputs(exercise.inputs, self.seed, inputs),
            checked=device in (EMULATED, "c"),
            order="shuffled" if on_gpu else "forward",
            inputs=inputs,
            rtol=exercise.rtol,
            atol=exercise.atol,
            keep=inputs == "edges",
            cost=CostOptions() if on_gpu else None,
        )
        return Request(text=self.answer, function=function, part=part)

    def steps(self) -> Request:
        """Return the request for the answer's schedule."""
        return Request(text=self.answer, part=SchedulePart())

    def rule(self, check: RuleCheck, number: int) -> Request:
        """Return the request for a hidden program, written by the answer."""
        part = RulePart(rules={check.rule: self.answer}, seed=self.seed)
        return Request(text=self.hidden(check, number), part=part)

    def hidden(self, check: RuleCheck, number: int) -> str:
        """Return a hidden program with other numbers for each seed."""
        drawn = random.Random(f"{self.seed} {number}")
        numbers = {letter: drawn.randint(*SMALL) for letter in "abcdefgh"}
        return Template(check.programs[number]).substitute(numbers)


def _of_rule(asked: ExerciseAnswer, check: RuleCheck) -> Iterator[Request]:
    return (asked.rule(check, number) for number in range(len(check.programs)))


def _of_runs(asked: ExerciseAnswer, check: SameCheck) -> Iterator[Request]:
    yield from (asked.run(name, check.inputs, check.function) for name in check.same)
    yield asked.tree(True, check.function)  # for the line of a store


def _of_edges(asked: ExerciseAnswer, check: AgreeCheck) -> Iterator[Request]:
    yield from (asked.run(name, "edges") for name in check.agree)
    yield asked.tree(True)


NEEDS: dict[type, Callable[[ExerciseAnswer, Any], Iterable[Request]]] = {
    SameCheck: _of_runs,
    CleanCheck: lambda asked, check: [asked.run(check.clean)],
    CostCheck: lambda asked, check: [asked.run(EMULATED)],
    NodesCheck: lambda asked, check: [asked.tree(True, check.function)],
    UnchangedCheck: lambda asked, check: [
        asked.tree(own, name) for name in check.unchanged for own in (True, False)
    ],
    StepsCheck: lambda asked, check: [asked.steps()],
    RuleCheck: _of_rule,
    AgreeCheck: _of_edges,
}
"""The requests whose replies each kind of check is judged by."""


def made_inputs(inputs: Mapping[str, str], seed: int, kind: InputKind) -> dict[str, bytes]:
    """Return the arrays of a run: the answer has no say in them."""
    generator = np.random.default_rng(seed)
    arrays: dict[str, bytes] = {}
    for name, words in inputs.items():
        dtype, *extents = words.split()
        bounds = None
        if np.issubdtype(np.dtype(dtype), np.integer):
            bounds = (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max) + 1)
        array = made_array(kind, generator, dtype, tuple(map(int, extents)), bounds)
        arrays[name] = npy(array)
    return arrays


class UnansweredError(Exception):
    """A request has failed; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Replies:
    """The replies to the requests of an answer, or why there are none.

    Parameters
    ----------
    replies
        By the bytes of their requests.
    """

    def __init__(self, asked: ExerciseAnswer, replies: Mapping[bytes, Reply | Problem]) -> None:
        self.asked = asked
        self._replies = replies

    def outcome(self, device: str, inputs: InputKind = "normal", function: str = "") -> Outcome:
        """Return the outcome of a run."""
        return self._reply(self.asked.run(device, inputs, function), Outcome)

    def tree(self, own: bool, function: str = "") -> Tree:
        """Return the tree of a function of the answer, or of the exercise's program."""
        return self._reply(self.asked.tree(own, function), Tree)

    def overview(self, own: bool) -> Overview:
        """Return the functions of the answer, or of the exercise's program."""
        return self._reply(self.asked.overview(own), Overview)

    def steps(self) -> ScheduleReport:
        """Return the schedule of the answer."""
        return self._reply(self.asked.steps(), ScheduleReport)

    def trial(self, check: RuleCheck, number: int) -> RuleTrial:
        """Return what the answer wrote of a hidden program."""
        return self._reply(self.asked.rule(check, number), RuleTrial)

    def _reply(self, request: Request, kind: type[R]) -> R:
        reply = self._replies[encode(request)]
        if isinstance(reply, Problem):
            raise UnansweredError(reply)
        assert isinstance(reply, kind)
        return reply

"""Judge an answer by the replies about it: each check with what was wanted and what there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from viz.learn.exercises import judge_runs, judge_texts
from viz.learn.exercises.asking import Replies, UnansweredError
from viz.learn.exercises.checks import (
    AgreeCheck,
    AnswerCheck,
    CleanCheck,
    CostCheck,
    NodesCheck,
    RuleCheck,
    SameCheck,
    StepsCheck,
    UnchangedCheck,
)
from viz.learn.exercises.exercise import CheckResult, ExerciseVerdict
from viz.messages import message_of
from viz.model import Problem

READS = "exercise-works"
"""The check that the answer can be read, lowered and run at all."""


def verdict(replies: Replies) -> ExerciseVerdict:
    """Return what became of each check.

    Where a request failed, that is told once, and what depends on it is left out.
    """
    asked = replies.asked
    problems: list[Problem] = []
    results: list[CheckResult] = []
    for judge in _judges(replies):
        try:
            results += judge()
        except UnansweredError as error:
            if error.problem not in problems:
                problems.append(error.problem)
    known = [result.found for result in results]
    problems = [problem for problem in problems if problem.what not in known]
    if problems:
        results = [*(_failed(replies, problem) for problem in problems), *results]
    return ExerciseVerdict(exercise=asked.exercise.name, seed=asked.seed, results=tuple(results))


def _failed(replies: Replies, problem: Problem) -> CheckResult:
    answer = replies.asked.answer
    line = None if problem.span is None else answer.count("\n", 0, problem.span.start) + 1
    wanted = message_of(READS)
    return CheckResult(passed=False, wanted=wanted, found=problem.what, line=line)


def _judges(replies: Replies) -> Iterator[Callable[[], list[CheckResult]]]:
    if replies.asked.exercise.form == "program":
        yield lambda: [judge_texts.parameters(replies)]
    yield from (partial(_judged, check, replies) for check in replies.asked.exercise.checks)


def _judged(check: AnswerCheck, replies: Replies) -> list[CheckResult]:
    if isinstance(check, RuleCheck):  # one result for each of its programs
        return judge_texts.rule(check, replies)
    return [JUDGES[type(check)](check, replies)]


JUDGES: dict[type, Callable[[Any, Replies], CheckResult]] = {
    SameCheck: judge_runs.same,
    CleanCheck: judge_runs.clean,
    CostCheck: judge_runs.cost,
    AgreeCheck: judge_runs.agree,
    NodesCheck: judge_texts.nodes,
    UnchangedCheck: judge_texts.unchanged,
    StepsCheck: judge_texts.steps,
}
"""What judges each kind of check."""

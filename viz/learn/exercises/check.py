"""Check an answer to an exercise: ``check_exercise``."""

from __future__ import annotations

import secrets

from viz.errors import RequestError, VizError
from viz.learn.exercises.asking import MOST_CHARACTERS, ExerciseAnswer, Replies
from viz.learn.exercises.exercise import CodingExercise, ExerciseVerdict
from viz.learn.exercises.judging import verdict
from viz.learn.exercises.reading import find
from viz.messages import message_of
from viz.model import encode
from viz.model.problem import problem_of
from viz.service.client.submit import submit_all


def check_exercise(name: str, answer: str) -> ExerciseVerdict:
    """Check an answer to a shipped exercise, on inputs that are drawn anew.

    The answer is parsed, compiled and run in jailed processes: it need not be trusted.

    >>> verdict = check_exercise("02_ragged_tail", text)
    >>> [(result.passed, result.wanted.text(), result.line) for result in verdict.results]

    Parameters
    ----------
    name
        The name of an exercise, or its number.
    answer
        The whole text of the program, or of the rule where the exercise asks for one.

    Raises
    ------
    RequestError
        When there is no such exercise, or the answer is too long.
    EngineError
        When there is no usable TVM.
    """
    asked = asked_of(find(name), answer)
    requests = asked.requests()
    results = submit_all(requests).results()
    replies = {
        encode(request): problem_of(result) if isinstance(result, VizError) else result
        for request, result in zip(requests, results, strict=True)
    }
    return verdict(Replies(asked, replies))


def asked_of(exercise: CodingExercise, answer: str) -> ExerciseAnswer:
    """Return an answer with a seed that nobody knew before.

    Raises
    ------
    RequestError
        When the answer is too long.
    """
    if len(answer) > MOST_CHARACTERS:
        most = f"{MOST_CHARACTERS:,}"
        raise RequestError(message_of("exercise-answer-long", most=most))
    return ExerciseAnswer(exercise=exercise, answer=answer, seed=secrets.randbelow(1 << 31))

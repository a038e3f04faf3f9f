"""Translate an answer to an exercise to requests, and their replies to a frame with its checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from viz.errors import RequestError
from viz.learn.exercises.asking import MOST_CHARACTERS, Replies
from viz.learn.exercises.check import asked_of
from viz.learn.exercises.exercise import CheckResult
from viz.learn.exercises.judging import verdict
from viz.learn.exercises.reading import find, shipped
from viz.messages import Language
from viz.model import Plain, Problem, Reply, Request, decode_reply, encode
from viz.ui.workbench import frames


class ExerciseQuestion(Plain, frozen=True):
    """A question for what is right and what is wrong of an answer."""

    exercise: str
    answer: Annotated[str, msgspec.Meta(max_length=MOST_CHARACTERS)]

    def __post_init__(self) -> None:
        try:
            find(self.exercise)
        except RequestError as error:
            raise ValueError(error.message) from None


class ExercisePlan:
    """The requests to the engine for an answer, and the frame of its checks."""

    def __init__(self, question: ExerciseQuestion, language: Language = "en") -> None:
        self.language = language
        self.text = question.answer
        self._asked = asked_of(find(question.exercise), question.answer)
        self.requests: list[Request] = self._asked.requests()
        self._replies: dict[bytes, Reply | Problem] = {}

    def failed(self, index: int, problem: Problem) -> Iterator[bytes]:
        """Take the problem of a request: a check says it."""
        self._replies[encode(self.requests[index])] = problem
        yield from self._complete()

    def answered(self, index: int, raw: bytes) -> Iterator[bytes]:
        """Take a reply as JSON; yield the frame when all have come."""
        request = self.requests[index]
        self._replies[encode(request)] = decode_reply(request.part, raw)
        yield from self._complete()

    def _complete(self) -> Iterator[bytes]:
        if len(self._replies) < len(self.requests):
            return
        judged = verdict(Replies(self._asked, self._replies))
        yield frames.line(
            {
                "kind": "exercise",
                "name": judged.exercise,
                "passed": judged.passed,
                "results": [_shown(result, self.language) for result in judged.results],
            }
        )


def _shown(result: CheckResult, language: Language) -> dict[str, Any]:
    return {
        "passed": result.passed,
        "wanted": result.wanted.text(language),
        "found": "" if result.found is None else result.found.text(language),
        "line": result.line or 0,
    }


def shown(language: Language) -> list[dict[str, Any]]:
    """Return the exercises in a language as the page draws them: without checks and solutions."""
    kept = ("name", "title", "summary", "level", "form", "rule", "text", "targets", "tab", "panes")
    return [
        {
            **{name: getattr(exercise, name) for name in kept},
            "blocks": msgspec.to_builtins(exercise.blocks),
            "hints": msgspec.to_builtins(exercise.hints),
        }
        for exercise in shipped()[language]
    ]

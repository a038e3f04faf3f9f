"""Translate a question for a quiz to requests, and their replies to its questions and answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from viz.errors import VizError
from viz.learn.evidence import key_of
from viz.learn.quiz import making, wording
from viz.messages import Language
from viz.model import PYTHON, Plain, Problem, Reply, Request, TreePart, catalog, decode_reply
from viz.model.problem import problem_of
from viz.ui.workbench import frames
from viz.ui.workbench.lessons import shown_blocks, worded
from viz.ui.workspace import Workspace, normalised

Seed = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class QuizQuery(Plain, frozen=True):
    """A question for a quiz of the workspace's program."""

    workspace: Workspace
    seed: Seed = 0
    target: str = "c"
    """The target that is looked at; where it has no build, the quiz is about C."""
    questions: Annotated[int, msgspec.Meta(ge=1, le=making.MOST)] = making.USUAL

    def __post_init__(self) -> None:
        if catalog.target(self.target) is None:
            raise ValueError(f"there is no target {self.target!r}")


class QuizPlan:
    """The requests to the engine for a quiz, and the frames of its questions and answers.

    Questions about a run come in a second frame, which has all of them: the first one does not wait
    for the run.
    """

    def __init__(self, query: QuizQuery, language: Language = "en") -> None:
        self.language = language
        self.text = query.workspace.text
        self._query = query
        name, _engine = catalog.target_and_engine(query.target)
        target = name if name != PYTHON and catalog.targets()[name].has_pipeline else "c"
        self._base = normalised(query.workspace).request(TreePart(), target)
        begun, rest = (
            making.requests(self._base),
            making.run_requests(self._base, query.questions),
        )
        self.requests: list[Request] = [*begun, *rest]
        self._first = {key_of(request) for request in begun}
        self._replies: dict[str, Reply | Problem] = {}

    def failed(self, index: int, problem: Problem) -> Iterator[bytes]:
        """Take the problem of a request: a quiz may ask who refuses the program."""
        self._replies[key_of(self.requests[index])] = problem
        yield from self._complete()

    def answered(self, index: int, raw: bytes) -> Iterator[bytes]:
        """Take a reply as JSON; yield the frame when all have come."""
        request = self.requests[index]
        self._replies[key_of(request)] = decode_reply(request.part, raw)
        yield from self._complete()

    def _complete(self) -> Iterator[bytes]:
        is_whole = len(self._replies) == len(self.requests)
        if not is_whole and self._replies.keys() != self._first:
            return
        try:
            quiz = making.made(
                self._base,
                self._replies,
                seed=self._query.seed,
                questions=self._query.questions,
                language=self.language,
                is_whole=is_whole,
            )
        except VizError as error:
            shown = frames.shown_problem(problem_of(error), self.text, self.language)
            yield frames.line({"kind": "quiz", "seed": self._query.seed, "problem": shown})
            return
        yield frames.line(_shown(quiz))


def _shown(quiz: making.Quiz) -> dict[str, Any]:
    language = quiz.language
    answers = msgspec.to_builtins([question.solved for question in quiz.questions])
    return {
        "kind": "quiz",
        "seed": quiz.seed,
        "target": quiz.target,
        "is_whole": quiz.is_whole,
        "questions": shown_blocks(quiz.lesson, language),
        "answers": worded(answers, language),
        "titles": [wording.title_of(question.kind, language) for question in quiz.questions],
        "left_out": [
            (wording.title_of(kind, language), wording.reason_words(reason, language))
            for kind, reason in quiz.left_out.items()
        ],
    }

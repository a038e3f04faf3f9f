"""Grade what was answered to a question of a lesson in writing.

A node is named by its type, ``"For"``, or ``"For#2"`` for the second one in the order of the
program; a node of another tree than the program's by ``"For@cuda"``; or by its path. A pass is
named, ``"FlattenBuffer"``; a number is written; of choices the letter is given, ``"b"``.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Literal

from viz.learn.answers import solved
from viz.learn.errors import FormError
from viz.learn.evidence import Evidence, TreePlace
from viz.learn.lesson import LessonQuestion
from viz.learn.queries import link_query
from viz.messages import Message, message_of
from viz.model import Plain

LETTERS = string.ascii_lowercase


def form_of(question: LessonQuestion) -> Message:
    """Return how a question is answered in writing."""
    return message_of(f"form-{question.how}")


class LessonGrade(Plain, frozen=True):
    """What is said of an answer."""

    verdict: Literal["right", "wrong", "missing", "unclear"]
    """``unclear`` where the answer has another form than it should, or names nothing."""
    reason: Message | None = None
    """Why it is unclear."""


def graded(question: LessonQuestion, evidence: Evidence, answer: object) -> LessonGrade:
    """Return whether an answer is right.

    Raises
    ------
    FormError
        When the question itself has no answer with this engine.
    """
    right = solved(question, evidence)
    if right.problem is not None:
        raise FormError(right.problem)
    if answer in (None, ""):
        return LessonGrade("missing")
    try:
        read = READERS[question.how](question, evidence, answer)
    except FormError as error:
        return LessonGrade("unclear", error.reason)
    if question.how == "stop":
        names = () if right.stop is None else (right.stop.name, right.stop.name.rpartition(".")[2])
        return LessonGrade("right" if read in names else "wrong")
    wanted = {"point": right.place, "number": right.value, "choice": right.right}[question.how]
    return LessonGrade("right" if read == wanted else "wrong")


def _number(question: LessonQuestion, evidence: Evidence, answer: object) -> int:
    if isinstance(answer, int) and not isinstance(answer, bool):
        return answer
    raise _misread(question, answer)


def _pass(question: LessonQuestion, evidence: Evidence, answer: object) -> str:
    if isinstance(answer, str):
        return answer.strip()
    raise _misread(question, answer)


def _choice(question: LessonQuestion, evidence: Evidence, answer: object) -> int:
    """Return which choice a letter names, from 0."""
    letters = LETTERS[: len(question.choices)]
    letter = answer.strip().lower() if isinstance(answer, str) else ""
    if len(letter) == 1 and letter in letters:
        return letters.index(letter)
    raise _misread(question, answer)


def _node(question: LessonQuestion, evidence: Evidence, answer: object) -> TreePlace:
    if isinstance(answer, str):
        return _place(evidence, answer.strip())
    raise _misread(question, answer)


READERS: dict[str, Callable[[LessonQuestion, Evidence, object], TreePlace | str | int]] = {
    "number": _number,
    "stop": _pass,
    "choice": _choice,
    "point": _node,
}
"""What reads the answer to each form of question: a place, the name of a pass, a number."""


def _misread(question: LessonQuestion, answer: object) -> FormError:
    return FormError(message_of("lesson-answer", answer=str(answer), form=form_of(question)))


def _place(evidence: Evidence, answer: str) -> TreePlace:
    """Return the node of an answer such as ``For#2``, or of a path."""
    if "." in answer:
        nodes = evidence.tree("input").nodes
        if any(node.path == answer for node in nodes):
            return TreePlace(tree="input", path=answer)
    found = evidence.value(link_query(answer))
    assert isinstance(found, TreePlace)
    return found

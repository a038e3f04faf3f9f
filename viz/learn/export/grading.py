"""Grade what was answered to a question of a lesson in writing.

A node is named by its type, ``"For"``, or ``"For#2"`` for the second one in the order of the
program; a node of another tree than the program's by ``"For@cuda"``; or by its path. A pass is
named, ``"FlattenBuffer"``; a number is written; of choices the letter is given, ``"b"``.
"""

from __future__ import annotations

import string
from typing import Literal

from viz.learn.answers import solved
from viz.learn.errors import FormError
from viz.learn.evidence import Evidence, TreePlace
from viz.learn.lesson import Exercise
from viz.learn.queries import link_query
from viz.messages import Message, message_of
from viz.model import Plain

LETTERS = string.ascii_lowercase


def form_of(question: Exercise) -> Message:
    """Return how a question is answered in writing."""
    return message_of(f"form-{question.how}")


class LessonGrade(Plain, frozen=True):
    """What is said of an answer."""

    verdict: Literal["right", "wrong", "missing", "unclear"]
    """``unclear`` where the answer has another form than it should, or names nothing."""
    reason: Message | None = None
    """Why it is unclear."""


def graded(question: Exercise, evidence: Evidence, answer: object) -> LessonGrade:
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
        given = _read(question, evidence, answer)
    except FormError as error:
        return LessonGrade("unclear", error.reason)
    if question.how == "stop":
        names = () if right.stop is None else (right.stop.name, right.stop.name.rpartition(".")[2])
        return LessonGrade("right" if given in names else "wrong")
    wanted = {"point": right.place, "number": right.value, "choice": right.right}[question.how]
    return LessonGrade("right" if given == wanted else "wrong")


def _read(question: Exercise, evidence: Evidence, answer: object) -> TreePlace | str | int:
    """Return what an answer says: a place, the name of a pass, a number, a choice from 0."""
    if question.how == "number" and isinstance(answer, int) and not isinstance(answer, bool):
        return answer
    if question.how == "stop" and isinstance(answer, str):
        return answer.strip()
    if question.how == "choice" and isinstance(answer, str):
        letters = LETTERS[: len(question.choices)]
        if (letter := answer.strip().lower()) and letter in letters and len(letter) == 1:
            return letters.index(letter)
    if question.how == "point" and isinstance(answer, str):
        return _place(evidence, answer.strip())
    raise FormError(message_of("lesson-answer", answer=str(answer), form=form_of(question)))


def _place(evidence: Evidence, answer: str) -> TreePlace:
    """Return the node of an answer such as ``For#2``, or of a path."""
    if "." in answer:
        nodes = evidence.tree("input").nodes
        if any(node.path == answer for node in nodes):
            return TreePlace(tree="input", path=answer)
    found = evidence.value(link_query(answer))
    assert isinstance(found, TreePlace)
    return found

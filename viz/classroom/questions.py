"""Questions that a teacher asks a class, and the count of their answers."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from msgspec import Meta

from viz.classroom.errors import ClassError
from viz.model import Plain

LARGEST = 2**53 - 1
"""The largest number that every browser holds exactly."""

ClassAnswer = Annotated[int, Meta(ge=-LARGEST, le=LARGEST)] | Annotated[str, Meta(max_length=300)]
"""An answer: the number, which choice from 0, or the place that was pointed at."""


class ClassQuestion(Plain, frozen=True):
    """A question to all who are in the room."""

    id: Annotated[str, Meta(min_length=1, max_length=40)]
    """Names it: the same one again changes whether it is open and shown, and keeps the answers."""
    how: Literal["point", "stop", "number", "choice"]
    ask: Annotated[str, Meta(max_length=1000)]
    choices: Annotated[tuple[Annotated[str, Meta(max_length=300)], ...], Meta(max_length=8)] = ()
    right: ClassAnswer | None = None
    """The right answer, which the students get when it is shown; None where there is none."""
    source: Annotated[str, Meta(max_length=80)] = ""
    """The question of a lesson that it is, such as ``06_passes 2``."""
    is_open: bool = True
    """Whether it takes answers."""
    is_shown: bool = False
    """Whether the students see the answers of all, and the right one; then it takes no more."""

    def __post_init__(self) -> None:
        if (self.how == "choice") != bool(self.choices):
            raise ValueError("a question has choices if one of them is the answer")
        if self.right is not None and not self.takes(self.right):
            raise ValueError("the right answer is none")

    def takes(self, answer: ClassAnswer) -> bool:
        """Return whether something is an answer to it, right or wrong."""
        if self.how in ("point", "stop"):
            return isinstance(answer, str) and answer.isprintable() and bool(answer.strip())
        if isinstance(answer, str):
            return False
        return self.how == "number" or 0 <= answer < len(self.choices)


class Poll:
    """A question and what was answered: one answer for each member, who may change it."""

    def __init__(self, question: ClassQuestion) -> None:
        self.question = question
        self._answers: dict[str, ClassAnswer] = {}

    def answer(self, member: str, answer: ClassAnswer, most: int) -> None:
        """Take an answer.

        Raises
        ------
        ClassError
            When the question takes none now, or not such a one, or ``most`` have answered.
        """
        if not self.question.is_open or self.question.is_shown:
            raise ClassError("wrong", "class-closed")
        if not self.question.takes(answer):
            raise ClassError("wrong", "class-no-answer")
        if member not in self._answers and len(self._answers) >= most:
            raise ClassError("full", "class-full")
        self._answers[member] = answer

    def of(self, member: str) -> ClassAnswer | None:
        """Return a member's answer."""
        return self._answers.get(member)

    @property
    def counts(self) -> list[tuple[ClassAnswer, int]]:
        """The answers and how many gave each, the most frequent first."""
        counted = Counter(self._answers.values())
        return sorted(counted.items(), key=lambda item: (-item[1], str(item[0])))

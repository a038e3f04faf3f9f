"""Data of exercises and of what became of an answer, plain and frozen."""

from __future__ import annotations

from typing import Literal

from viz.learn.exercises.checks import AnswerCheck
from viz.learn.lesson import DockTab, Pane, Sentence, TextBlock
from viz.messages import Message
from viz.model import Plain

Level = Literal[1, 2, 3]
"""1: one place of the program; 2: how its threads work together; 3: the compiler itself."""


class CodingExercise(Plain, frozen=True, kw_only=True):
    """An exercise in one language."""

    name: str
    """The name of its files: the same in every language."""
    title: str
    summary: str
    """One sentence for the list."""
    level: Level
    form: Literal["program", "rule"]
    """What is answered with: the whole text of a program, or a rule of the Python codegen."""
    blocks: tuple[TextBlock, ...]
    hints: tuple[Sentence, ...]
    """One after the other, the last one closest to the solution."""
    text: str
    """The program that it begins with."""
    rule: str = ""
    """What the rule is for, such as ``For``."""
    targets: tuple[str, ...]
    tab: DockTab
    panes: tuple[Pane, ...] = ()
    reference: str = ""
    """Text of a Python function over NumPy arrays: what the outputs have to be."""
    rtol: float = 1e-5
    """The tolerance of every comparison with the reference, whatever the answer computes with."""
    atol: float = 1e-6
    inputs: dict[str, str] = {}
    """The dtype and the shape of each input by name, such as ``float32 64 64``. Integers are drawn
    from the whole range of their dtype, floats are standard normal."""
    checks: tuple[AnswerCheck, ...]
    solution: str
    """An answer that passes, for teachers."""


class CheckResult(Plain, frozen=True):
    """What became of a check."""

    passed: bool
    wanted: Message
    """What was asked for."""
    found: Message | None = None
    """What there is instead, where it failed."""
    line: int | None = None
    """The 1-based line of the answer that it is about."""


class ExerciseVerdict(Plain, frozen=True):
    """What became of an answer: what :func:`viz.learn.exercises.check.check_exercise` returns."""

    exercise: str
    seed: int
    """Seed of the inputs, drawn anew for each answer."""
    results: tuple[CheckResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every check has passed; one that could not be looked at is missing."""
        return all(result.passed for result in self.results)

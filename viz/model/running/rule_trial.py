"""Trials of rules: what a codegen writes with some rules of a user's, and how that differs."""

from __future__ import annotations

from typing import Literal

from viz.messages import Message
from viz.model.base import Plain, Problem
from viz.model.emission import Emission
from viz.model.outcome import Comparison
from viz.text import Span

RuleLanguage = Literal["python", "pseudo-c"]
"""The codegens whose rules can be written anew."""

OutputVerdict = Literal["match", "differ", "not-run"]
"""Whether the outputs of the text are those of ours. ``not-run``: it stopped, there is a mistake in
a rule, or the language has no device."""


class RuleError(Plain, frozen=True):
    """A mistake in a rule, or in the text that the rules wrote."""

    what: Message
    rule: str = ""
    """The type or operator that the rule is for; empty where the text is wrong that they wrote."""
    line: int = 0
    """The 1-based line of the rule, or of the text; 0 where that is not known."""
    line_text: str = ""
    """That line."""


class TextDifference(Plain, frozen=True):
    """The first place at which a text differs from ours."""

    line: int
    """Its 1-based line, the same in both."""
    got: str
    """That line of the text; empty where the text has ended."""
    expected: str
    """That line of ours; empty where ours has ended."""
    column: int
    """The 1-based column, in code points, of the first character that differs."""
    node: int
    """The node that wrote what stands there, or should: its id in the tree of the stage."""
    title: str
    """What the node is, such as ``Add +``."""
    span: Span | None = None
    """Its place in the user's text."""


class RuleTrial(Plain, frozen=True):
    """What came of a user's rules over a program."""

    language: RuleLanguage
    ours: Emission
    """The text that our own rules write."""
    emission: Emission | None = None
    """The text with the user's rules, with marks; None when a rule is wrong."""
    uses: dict[str, int] = {}
    """How often each of the user's rules was asked, by the type or operator that it is for."""
    error: RuleError | None = None
    """What is wrong with a rule or the text."""
    difference: TextDifference | None = None
    """Where the texts differ first; None when they are equal, and without a text."""
    outputs: OutputVerdict = "not-run"
    comparisons: tuple[Comparison, ...] = ()
    """The outputs of the text beside those of ours."""
    problems: tuple[Problem, ...] = ()
    """Remarks, such as why nothing was run."""

    @property
    def passed(self) -> bool:
        """Whether the text is ours to the character, or computes the same."""
        if self.emission is None or self.error is not None:
            return False
        return self.difference is None or self.outputs == "match"

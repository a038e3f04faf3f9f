"""Data of questions before they are put into the words of a language."""

from __future__ import annotations

from typing import Literal, NamedTuple

from viz.learn.queries import PlaceQuery, Query
from viz.messages import Message, Words
from viz.model import Plain

Value = int | str | Message | Words
"""What the words of a question name."""

Reason = Literal["nothing", "few-choices", "build-fails", "no-run"]
"""Why a program has no question of a kind."""


class NotApplicableError(Exception):
    """A program has no question of a kind."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Option(NamedTuple):
    """One answer among others."""

    words: str
    """As they are, or where its look is ``named`` the name of words that each language has."""
    value: int | str | None = None
    """It is right where this is the answer."""
    when: Query | None = None
    """In place of that it is right where this query gives ``is_``."""
    is_: str | None = None
    look: Literal["code", "text", "named"] = "code"
    names: tuple[tuple[str, str], ...] = ()
    """What its words name, where each language has some: the name of a value, and the value."""


class Draft(Plain, frozen=True, kw_only=True):
    """A question: its kind gives it words, its values fill them."""

    kind: str
    how: Literal["point", "stop", "number", "choice"]
    values: dict[str, Value]
    answer: Query | None
    """None where each option has a query of its own."""
    options: tuple[Option, ...] = ()
    """The answers to choose from. Of a question for a node or a pass they are for where nothing
    can be pointed at, as in a terminal; one for a number has none."""
    right: int = 0
    """Which option is the right one, from 0."""
    shows: PlaceQuery | None = None
    """The node that the reveal shows."""
    words: str = ""
    """The name of its words, where that is not the kind's."""

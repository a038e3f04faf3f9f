"""Say why a room of a class refuses something."""

from __future__ import annotations

from typing import Literal

from viz.errors import VizError
from viz.messages import message_of

Reason = Literal["unknown", "often", "full", "large", "wrong"]


class ClassError(VizError):
    """A room refuses something; ``reason`` says what kind of refusal it is.

    ``unknown``: there is no such room, or the caller is not in it. ``often``: too many attempts.
    ``full``: no room or no seat is left. ``large``: too many bytes. ``wrong``: no answer to the
    question.
    """

    code = "class"

    def __init__(self, reason: Reason, words: str, **values: int) -> None:
        super().__init__(message_of(words, **values))
        self.reason = reason

"""Say what is wrong with a lesson: in which file, at which line, and what to do."""

from __future__ import annotations

from viz.errors import VizError
from viz.messages import Message, message_of


class LessonError(VizError):
    """A lesson cannot be read, or something in it is not true."""

    code = "lesson"


def at(path: str, line: int, reason: Message) -> LessonError:
    """Return the error for a place of a file; ``line`` counts from 1."""
    where = message_of("lesson-at", path=path, line=line, reason=reason)
    return LessonError(where, hint=message_of("hint-of", of=reason))


class FormError(ValueError):
    """A part of a lesson has another form than it should; ``reason`` says which."""

    def __init__(self, reason: Message, line: int = 0) -> None:
        super().__init__(reason.text())
        self.reason = reason
        self.line = line
        """Lines below the first one of the part."""

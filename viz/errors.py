"""Errors, with the place in the user's text and a hint.

``VizError`` is the base class of all of them.
"""

from __future__ import annotations

from typing import ClassVar

from viz.messages import Language, Message, hint_of, verbatim
from viz.text import Span


class VizError(Exception):
    """Base class of TIRscope's errors.

    Attributes
    ----------
    code
        Stable name of the kind of error, for programs.
    what
        What is wrong.
    advice
        What to do about it, where the hint of ``what`` does not tell; else None.
    span
        Place in the user's text, in code points; None where there is none.
    """

    code: ClassVar[str] = "error"

    def __init__(
        self, message: Message | str, *, span: Span | None = None, hint: Message | str = ""
    ) -> None:
        super().__init__(message)
        self.what = verbatim(message) if isinstance(message, str) else message
        self.advice = (verbatim(hint) if hint else None) if isinstance(hint, str) else hint
        self.span = span

    def __str__(self) -> str:
        """Return the message in English."""
        return self.message

    @property
    def message(self) -> str:
        """What is wrong: one or two sentences in English."""
        return self.what.text()

    @property
    def hint(self) -> str:
        """What to do about it in English, or empty."""
        return hint_of(self.what, self.advice)

    def told(self, language: Language = "en") -> str:
        """Return what is wrong and what to do about it in a language."""
        return f"{self.what.text(language)} {hint_of(self.what, self.advice, language)}".strip()


class SourceError(VizError):
    """The text cannot be read: it is no Python, too large, or holds no TVMScript."""

    code = "source"


class ParseError(VizError):
    """TVM's parser, or its check for well-formed programs, rejected the text."""

    code = "parse"


class RefusedError(VizError):
    """A gate rejected the program: it is more than TVMScript, or may be shown but not run."""

    code = "refused"


class RequestError(VizError):
    """The request names a function, target, option, device … that does not exist."""

    code = "request"


class LoweringError(VizError):
    """A pass, the default schedule or a codegen rejected the program."""

    code = "lowering"


class RunError(VizError):
    """The program could not be run, or its outputs could not be compared."""

    code = "run"


class ExportError(VizError):
    """A user's script raised, offers no model, or its model cannot be exported."""

    code = "export"


class EngineError(VizError):
    """There is no usable TVM: not installed, or of another generation."""

    code = "engine"


class WorkerError(VizError):
    """The process that did the work ended early: it timed out, crashed or was cancelled."""

    code = "worker"


TVM_ERRORS = (
    RuntimeError,
    ValueError,
    TypeError,
    AssertionError,
    AttributeError,
    LookupError,
    ArithmeticError,
)
"""Whatever TVM's C++ and Python throw at a program, caught where it is called on one.

``tvm.error.InternalError`` (a failed check in C++), ``DiagnosticError``, ``ScheduleError`` and
``NotImplementedError`` are RuntimeErrors; an index out of an array's range in C++ is an IndexError,
and TVM's Python asserts, looks up and divides."""

"""Everything that can go wrong, as errors that name the place in the user's text and what to do.

Each error has a ``code`` (stable, for programs), a ``message`` (one or two plain sentences), and
where it helps a ``span`` in the user's text and a ``hint``.
"""

from __future__ import annotations

from typing import ClassVar

from viz.text import Span


class VizError(Exception):
    """The root of TIRscope's errors."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, span: Span | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint


class SourceError(VizError):
    """The pasted text is not something we can take: not Python, nothing to show in it, too big."""

    code = "source"


class ParseError(VizError):
    """TVM's parser, or its check for well-formed programs, refused the text."""

    code = "parse"


class RefusedError(VizError):
    """A gate refused the program: it is more than TVMScript, or may be shown but not run."""

    code = "refused"


class RequestError(VizError):
    """The request names something that does not exist: a function, target, option, device."""

    code = "request"


class LoweringError(VizError):
    """A pass, the default schedule or a codegen refused the program."""

    code = "lowering"


class RunError(VizError):
    """The program was built but could not be run or compared."""

    code = "run"


class EngineError(VizError):
    """There is no usable TVM: not installed, or of another generation."""

    code = "engine"


class WorkerError(VizError):
    """The process that did the work is gone: it took too long, crashed, or was cancelled."""

    code = "worker"

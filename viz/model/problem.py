"""Convert errors to plain data and back."""

from __future__ import annotations

from viz import errors
from viz.model.base import Problem

_KINDS: dict[str, type[errors.VizError]] = {
    kind.code: kind
    for kind in (
        errors.SourceError,
        errors.RefusedError,
        errors.ParseError,
        errors.RequestError,
        errors.LoweringError,
        errors.RunError,
        errors.EngineError,
        errors.WorkerError,
    )
}


def problem_of(error: errors.VizError) -> Problem:
    """Return an error as plain data."""
    return Problem(code=error.code, what=error.what, span=error.span, advice=error.advice)


def error_of(problem: Problem) -> errors.VizError:
    """Return the error that a problem was made from; a plain ``VizError`` for an unknown code."""
    kind = _KINDS.get(problem.code, errors.VizError)
    return kind(problem.what, span=problem.span, hint=problem.advice or "")

"""Locate a run that failed in the user's text: the buffer, dtype or reference that it is about."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from viz.errors import RunError, SourceError
from viz.frontend.declarations import (
    declaration_of,
    name_written,
    rebound_buffer,
    returned_names,
    unused_buffer,
)
from viz.frontend.syntax import span_of
from viz.ir.parse import Parsed
from viz.runtime.python_device.places import place_of_line, place_without_rule
from viz.text import Span, Text

Values = Mapping[str, Any]
Locate = Callable[[Parsed, str, Values], Span | None]


def _declared(key: str) -> Locate:
    """Return a search for the declaration of the buffer that a value of the message names."""
    return lambda parsed, function, values: declaration_of(
        parsed.program, function, str(values[key])
    )


def _dtype(parsed: Parsed, function: str, values: Values) -> Span | None:
    return name_written(parsed.program, str(values["name"]))


def _half(parsed: Parsed, function: str, values: Values) -> Span | None:
    return name_written(parsed.program, "float16")


def _reference(parsed: Parsed, function: str, values: Values) -> Span | None:
    """Return the last statement of the text's own reference at its outermost level."""
    if not parsed.program.metadata.reference:
        return None
    for node in parsed.program.tree().body:
        if isinstance(node, ast.FunctionDef) and node.name == "reference":
            return span_of(node.body[-1], Text(parsed.program.text))
    return None


def _count(parsed: Parsed, function: str, values: Values) -> Span | None:
    """Return the buffer that the reference returns and the program does not write."""
    program = parsed.program
    returned = returned_names(program, "reference") if program.metadata.reference else []
    for name in returned:
        if name not in values["names"] and (place := declaration_of(program, function, name)):
            return place
    return _reference(parsed, function, values)


def _unwritten(parsed: Parsed, function: str, values: Values) -> Span | None:
    """Return the store that lacks its index, else a buffer without a use, else the function."""
    program = parsed.program
    place = rebound_buffer(program, function) or unused_buffer(program, function)
    return place or parsed.name_span(function)


def _without_rule(parsed: Parsed, function: str, values: Values) -> Span | None:
    return place_without_rule(parsed)


def _python_line(parsed: Parsed, function: str, values: Values) -> Span | None:
    return place_of_line(parsed, int(values["line"]))


PLACES: dict[str, Locate] = {
    "empty-buffer": _declared("buffer"),
    "emulate-shared": _declared("array"),
    "extent-not-computed": _declared("buffer"),
    "extent-out-of-range": _declared("buffer"),
    "input-bare-pointer": _declared("name"),
    "input-not-bytes": _dtype,
    "no-numpy-dtype": _dtype,
    "opencl-no-half": _half,
    "no-python": _without_rule,
    "no-python-machine": _without_rule,
    "python-stopped": _python_line,
    "reference-count": _count,
    "reference-dtype": _reference,
    "reference-failed": _reference,
    "reference-memory": _reference,
    "reference-parameter": _reference,
    "reference-shape": _declared("name"),
    "reference-unreadable": _reference,
    "size-not-computed": _declared("buffer"),
    "relax-input": _declared("name"),
    "relax-input-rank": _declared("name"),
    "writes-nothing": _unwritten,
}
"""What finds the place of an error, by the id of its message."""


def find(error: RunError, parsed: Parsed, function: str, reference: str) -> Span | None:
    """Return the place in the user's text that a failed run of a function is about.

    Parameters
    ----------
    reference
        The reference that was given beside the text, if any.
    """
    locate = PLACES.get(error.what.id)
    if locate is None or not parsed.definition:  # a module that was built elsewhere has no text
        return None
    if reference and locate in (_reference, _count):
        return None
    try:
        return locate(parsed, function, error.what.values)
    except SourceError:  # cells of a notebook are Python, and the whole is none
        return None

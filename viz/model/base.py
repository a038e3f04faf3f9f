"""Base class of the records, scalar values, and problems."""

from __future__ import annotations

from typing import Literal

import msgspec

from viz.text import Span

Scalar = bool | int | float | str
"""The value of an option or of a factory's argument."""

Severity = Literal["error", "warning", "info"]


class Plain(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of the records: frozen, made by keyword, without default values when serialised.

    No record can hold itself, so the garbage collector need not track the thousands of a tree.
    """


class Problem(Plain, frozen=True):
    """An error, a warning or a remark, as plain data."""

    code: str
    """Stable name of the kind of problem, such as ``parse`` or ``lowering``."""
    message: str
    """One or two sentences in English."""
    severity: Severity = "error"
    span: Span | None = None
    """Place in the user's text, a half-open range of code points."""
    hint: str = ""
    """What to do about it, or empty."""

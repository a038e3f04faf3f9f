"""The base of all plain data."""

from __future__ import annotations

from typing import Literal

import msgspec

from viz.text import Span

Scalar = bool | int | float | str
Severity = Literal["error", "warning", "info"]


class Plain(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of the records: frozen, by keyword, defaults left out when serialised.

    No record can hold itself, so the garbage collector need not follow the thousands of a tree.
    """


class Problem(Plain, frozen=True):
    """Something the user should know: an error, a warning, a remark."""

    code: str
    message: str
    severity: Severity = "error"
    span: Span | None = None
    hint: str = ""

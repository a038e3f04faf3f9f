"""Base class of the records, scalar values, and problems."""

from __future__ import annotations

from typing import Literal

import msgspec

from viz.messages import Language, Message, hint_of
from viz.text import Span

Scalar = bool | int | float | str
"""The value of an option or of a factory's argument."""

LEGACY: Literal["2024"] = "2024"
"""The engine of :mod:`viz.legacy`: a TVM from before TensorIR moved to ``tvm.tirx``."""

EngineName = Literal["", "2024"]
"""The engines; empty is today's, or the only one that is installed."""

Severity = Literal["error", "warning", "info"]


class Plain(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of the records: frozen, made by keyword, without default values when serialised.

    No record can hold itself, so the garbage collector need not track the thousands of a tree.
    """


class Described(Plain, frozen=True, kw_only=True):
    """Base of what the user is told: a message, and maybe what to do about it."""

    what: Message
    """What is the matter."""
    advice: Message | None = None
    """What to do about it, where the hint of ``what`` does not tell."""

    @property
    def message(self) -> str:
        """What is the matter, in English."""
        return self.text()

    @property
    def hint(self) -> str:
        """What to do about it in English, or empty."""
        return self.hint_text()

    def text(self, language: Language = "en") -> str:
        """Return what is the matter in a language."""
        return self.what.text(language)

    def hint_text(self, language: Language = "en") -> str:
        """Return what to do about it in a language, or an empty string."""
        return hint_of(self.what, self.advice, language)


class Problem(Described, frozen=True, kw_only=True):
    """An error, a warning or a remark: one or two sentences."""

    code: str
    """Stable name of the kind of problem, such as ``parse`` or ``lowering``."""
    severity: Severity = "error"
    span: Span | None = None
    """Place in the user's text, a half-open range of code points."""

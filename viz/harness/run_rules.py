"""Know what a program may hold that runs: operations, functions of C, and strings.

The gates of the engines ask it (:mod:`viz.runtime.ir_gate`, :mod:`viz.legacy.runtime.ir_gate`).
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from viz.messages import Message, message_of

MOST_NODES = 100_000
"""Nodes as a codegen visits them: an object in two places counts twice."""

_IDENTIFIER = re.compile(r"(?!\d)[\w.]{1,128}")
_SYMBOL = re.compile(r"(?!\d)\w{1,128}")
_TEXT = re.compile(r"[\w .:,+\-*/=@<>\[\]]{0,200}")
"""Dtypes, scopes, thread tags: some are written to the source as they are, without quotes."""
_FOREIGN_CODE = re.compile(
    r"import|extern|(^|\.)target$|^device_|^compute_scope|resource|launch_params"
)
"""Attributes and annotations that bring in other code, or choose the target."""


class RefusedOperations(msgspec.Struct, frozen=True):
    """Operations that must not run, and the id of the message that says why."""

    why: str
    operations: frozenset[str]


class Rules(msgspec.Struct, frozen=True):
    """The lists of ``viz/model/catalog/runnable.toml``."""

    extern: frozenset[str]
    llvm: frozenset[str]
    families: tuple[str, ...]
    operations: frozenset[str]
    refused: tuple[RefusedOperations, ...]

    def why_not(self, operation: str) -> Message | None:
        """Return why an operation must not run, or None."""
        if operation in self.operations or operation.startswith(self.families):
            return None
        reasons = (row.why for row in self.refused if operation in row.operations)
        return message_of(next(reasons, "operation-unknown"))


@cache
def rules() -> Rules:
    """Return the lists of what may run."""
    text = files("viz.model.catalog").joinpath("runnable.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type=Rules)


def why_not_string(text: str, field: str, *, symbol: bool, name: bool) -> Message | None:
    """Return why a program with a string must not run, or None.

    Parameters
    ----------
    field
        The field that holds it: ``key`` for one of an attribute or annotation.
    symbol
        Whether it becomes the name of a function.
    name
        Whether it becomes a name in the source, or part of one.
    """
    if symbol:
        named = _SYMBOL.fullmatch(text)
        return None if named else message_of("not-run-function-name", name=shown(text))
    if name:
        named = _IDENTIFIER.fullmatch(text)
        return None if named or not text else message_of("not-run-name", name=shown(text))
    if field == "key" and text == "tirx.kernel_launch_params":
        return message_of("not-run-kernel-alone")
    if field in ("key", "attr_key") and _FOREIGN_CODE.search(text):
        return message_of("not-run-attribute", name=shown(text))
    if not _TEXT.fullmatch(text):
        return message_of("not-run-string", text=shown(text))
    return None


def shown(text: str) -> str:
    """Return the beginning of a string."""
    return text if len(text) <= 40 else f"{text[:40]}…"

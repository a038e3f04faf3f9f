"""Load the reviewed list of members of TVM's namespaces that a program may use."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

SAME = {"T.tile": "Tx"}
"""Modules inside a namespace by the namespace whose members they may be used for."""


class Namespace(msgspec.Struct, frozen=True):
    """The members of a namespace that a program may use, and those it may not.

    Why it may not is the id of a message.

    With ``words`` the namespace is a family of instructions: a member may be followed by any number
    of modifiers of letters and digits, which TVM checks against its own grammar.
    """

    allowed: frozenset[str] = frozenset()
    refused: dict[str, str] = {}
    words: bool = False


@cache
def namespaces() -> dict[str, Namespace]:
    """Return the rows of the namespaces by dotted name: ``T``, ``T.axis``, ``I``."""
    return msgspec.convert(_table()["namespace"], type=dict[str, Namespace])


@cache
def paths() -> frozenset[str]:
    """Return dotted names of functions that may be used although the namespace around may not."""
    return frozenset(_table()["paths"]["allowed"])


@cache
def _table() -> dict[str, Any]:
    text = files("viz.model.catalog").joinpath("members.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)

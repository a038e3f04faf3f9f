"""The reviewed list of what a program may use of TVM's namespaces."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec


class Namespace(msgspec.Struct, frozen=True):
    """Members that a program may use, and those it may not, with the reason.

    Where there are ``words``, the namespace is a family of instructions: a member is followed by
    any number of modifiers made of letters and digits, and TVM checks them against its own grammar.
    """

    allowed: frozenset[str] = frozenset()
    refused: dict[str, str] = {}
    words: bool = False


@cache
def namespaces() -> dict[str, Namespace]:
    """Return the namespaces by dotted name: ``T``, ``T.axis``, ``I``."""
    text = files("viz.model.catalog").joinpath("members.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["namespace"], type=dict[str, Namespace])

"""Load the reviewed list of members of TVM's namespaces that a program may use."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec


class Namespace(msgspec.Struct, frozen=True):
    """The members of a namespace that a program may use, and those it may not, with the reason.

    With ``words`` the namespace is a family of instructions: a member may be followed by any number
    of modifiers of letters and digits, which TVM checks against its own grammar.
    """

    allowed: frozenset[str] = frozenset()
    refused: dict[str, str] = {}
    words: bool = False


@cache
def namespaces() -> dict[str, Namespace]:
    """Return the rows of the namespaces by dotted name: ``T``, ``T.axis``, ``I``."""
    text = files("viz.model.catalog").joinpath("members.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["namespace"], type=dict[str, Namespace])

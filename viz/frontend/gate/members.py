"""Load the reviewed list of members of TVM's namespaces that a program may use."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

OPERATORS = ("builtin", "grad", "image", "memory", "nn", "vision", "vm")
"""The modules of Relax's operators, of which only the operators themselves may be used."""

SAME = {"T.tile": "Tx"} | {f"R.{name}": f"R.{name}" for name in OPERATORS}
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


class Members(msgspec.Struct, frozen=True):
    """The reviewed list of a generation of TVM.

    Attributes
    ----------
    namespaces
        The rows by dotted name: ``T``, ``T.axis``, ``I``.
    paths
        Dotted names of functions that may be used although the namespace around may not.
    """

    namespaces: dict[str, Namespace]
    paths: frozenset[str]


FILES = {"": "members.toml", "2024": "members_2024.toml"}
"""The reviewed lists in the catalog, by generation; today's has no name."""


@cache
def members(generation: str = "") -> Members:
    """Return the reviewed list of a generation of TVM: today's, or ``2024``."""
    file = files("viz.model.catalog").joinpath(FILES[generation])
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    rows = msgspec.convert(table["namespace"], type=dict[str, Namespace])
    return Members(rows, frozenset(table["paths"]["allowed"]))


def namespaces() -> dict[str, Namespace]:
    """Return the rows of today's namespaces by dotted name."""
    return members().namespaces


def paths() -> frozenset[str]:
    """Return what today's list allows of namespaces that may not be used as a whole."""
    return members().paths

"""Patterns of nodes: a type and what its fields must be, written as one writes a tree.

========================  ==================================================================
``For(body=Evaluate())``  a For whose ``body`` is an Evaluate; other fields do not matter
``Call("exp")``           a Call that says ``exp``: its label, its name or its value
``8``, ``1.0``, ``True``  an IntImm, a FloatImm, a truth value; ``1`` is not ``1.0``
``"i"``                   a node that says ``i``, or a field that is no node, such as a name
``re.compile("cse_v.*")`` a node that says a text matching all of it
``...``                   anything, but the field is there
``None``                  the field is not there
``[Bind(), ..., Var()]``  a sequence from first to last, ``...`` any number of nodes
``{"tirx.noalias": ...}`` some entries of a map, such as ``attrs``
``anywhere(p)``           the node or one below it matches
``nowhere(p)``            neither the node nor one below it matches
========================  ==================================================================

``dtype`` and ``label`` can be asked of every node like fields. A sequence also matches a body: the
statements of a SeqStmt, or the one statement it is. Other objects are compared with a number by
``==`` (``pytest.approx(0.1)``).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from types import EllipsisType
from typing import Any

import msgspec

from viz.model import catalog

Value = Any
"""What a field is compared with; see the table above."""


class Pattern(msgspec.Struct, frozen=True):
    """A node's type (a ``type_key`` or a short title), what it says, and its fields."""

    type: str | EllipsisType
    says: Value = ...
    fields: dict[str, Value] = {}

    def __repr__(self) -> str:
        """Return the pattern as it is written."""
        name = "node(...)" if isinstance(self.type, EllipsisType) else self.type
        said = [] if self.says is ... else [show(self.says)]
        return f"{name}({', '.join([*said, *(f'{k}={show(v)}' for k, v in self.fields.items())])})"

    def names(self, type_key: str, title: str) -> bool:
        """Whether a node's type is the one that is wanted."""
        return self.type is ... or self.type in (type_key, title)


class Anywhere(msgspec.Struct, frozen=True):
    """A pattern that a node or one below it matches."""

    pattern: Pattern

    def __repr__(self) -> str:
        """Return the pattern as it is written."""
        return f"anywhere({self.pattern!r})"


class Nowhere(msgspec.Struct, frozen=True):
    """A pattern that neither a node nor one below it matches."""

    pattern: Pattern

    def __repr__(self) -> str:
        """Return the pattern as it is written."""
        return f"nowhere({self.pattern!r})"


def node(type: str | EllipsisType, says: Value = ..., /, **fields: Value) -> Pattern:
    """Return the pattern of a node.

    Parameters
    ----------
    type
        A ``type_key`` (``tirx.For``), a title of the catalog (``For``), or ``...`` for any type.
    says
        The node's label, name or value: ``node("Var", "i")``, ``node("IntImm", 8)``.
    **fields
        Fields by the names TVM gives them; :mod:`viz.testing.pattern` lists what values can be.

    Raises
    ------
    ValueError
        When no node has this title, so that a slip of the pen never makes a test pass.
    """
    if isinstance(type, str) and "." not in type and type not in titles():
        near = difflib.get_close_matches(type, titles(), n=3)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise ValueError(f"there is no node type named {type!r}{hint}")
    return Pattern(type, says, fields)


def anywhere(pattern: Pattern) -> Anywhere:
    """Return what matches a node when it, or one below it, matches ``pattern``."""
    return Anywhere(pattern)


def nowhere(pattern: Pattern) -> Nowhere:
    """Return what matches a node when neither it nor any below it matches ``pattern``."""
    return Nowhere(pattern)


def titles() -> list[str]:
    """Return the titles of the node types that the catalog knows."""
    return sorted({row.title for row in catalog.nodes().values()})


def size(value: Value) -> int:
    """Return how many things a value asks for: what a node of another type costs."""
    match value:
        case Pattern():
            parts: Iterator[int] = map(size, value.fields.values())
            return 1 + (value.says is not ...) + sum(parts)
        case Anywhere():
            return size(value.pattern)
        case list() | tuple():
            return 1 + sum(size(each) for each in value if each is not ...)
        case Mapping():
            return sum(map(size, value.values()))
    return 1


def show(value: Value) -> str:
    """Return a value as it is written."""
    match value:
        case EllipsisType():
            return "..."
        case list() | tuple():
            return f"[{', '.join(map(show, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{key!r}: {show(each)}' for key, each in value.items())}}}"
        case re.Pattern():
            return f"re.compile({value.pattern!r})"
    return repr(value)

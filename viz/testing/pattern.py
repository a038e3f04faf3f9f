"""Patterns of nodes: a node type, and what its fields must match.

========================  ==================================================================
``For(body=Evaluate())``  a For whose ``body`` is an Evaluate; other fields do not matter
``Call("exp")``           a Call whose label, name or value is ``exp``
``8``, ``1.0``, ``True``  an IntImm, a FloatImm, a truth value; ``1`` is not ``1.0``
``"i"``                   a node whose label, name or value is ``i``, or a field with this text
``re.compile("cse_v.*")`` the same, for a text that the whole expression matches
``...``                   any value, but the field is present
``None``                  the field is absent
``[Bind(), ..., Var()]``  a sequence from first to last, ``...`` any number of nodes
``{"tirx.noalias": ...}`` some entries of a map, such as ``attrs``
``anywhere(p)``           the node or one below it matches
``nowhere(p)``            neither the node nor one below it matches
========================  ==================================================================

Every node also has the fields ``dtype`` and ``label``. A sequence also matches a body: the
statements of a SeqStmt, or a single statement. Any other object is compared with a number by
``==``, such as ``pytest.approx(0.1)``.
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
    """A pattern of a node.

    Attributes
    ----------
    type
        A ``type_key`` or a title; ``...`` for any type.
    says
        The label, name or value of the node; ``...`` for any.
    fields
        What its fields must match, by name.
    """

    type: str | EllipsisType
    says: Value = ...
    fields: dict[str, Value] = {}

    def __repr__(self) -> str:
        """Return the pattern as it is written."""
        name = "node(...)" if isinstance(self.type, EllipsisType) else self.type
        says = [] if self.says is ... else [show(self.says)]
        return f"{name}({', '.join([*says, *(f'{k}={show(v)}' for k, v in self.fields.items())])})"

    def has_type(self, type_key: str, title: str) -> bool:
        """Return whether a node of this type can match."""
        return self.type is ... or self.type in (type_key, title)


class Anywhere(msgspec.Struct, frozen=True):
    """Matches a node when the node or one below it matches ``pattern``."""

    pattern: Pattern

    def __repr__(self) -> str:
        """Return the pattern as it is written."""
        return f"anywhere({self.pattern!r})"


class Nowhere(msgspec.Struct, frozen=True):
    """Matches a node when neither the node nor any below it matches ``pattern``."""

    pattern: Pattern

    def __repr__(self) -> str:
        """Return the pattern as it is written."""
        return f"nowhere({self.pattern!r})"


def node(type: str | EllipsisType, says: Value = ..., /, **fields: Value) -> Pattern:
    """Return a pattern of a node.

    >>> node("tirx.For", body=node("BufferStore", value=node("Add", b=1.0)))
    >>> node(..., dtype="float16")

    Parameters
    ----------
    type
        A ``type_key`` (``tirx.For``), a title of the catalog (``For``), or ``...`` for any type.
    says
        The node's label, name or value: ``node("Var", "i")``, ``node("IntImm", 8)``.
    **fields
        What fields must match, by TVM's names for them; :mod:`viz.testing.pattern` lists the
        values.

    Raises
    ------
    ValueError
        When no node type has this title: a misspelt ``nowhere`` must not make a test pass.
    """
    if isinstance(type, str) and "." not in type and type not in titles():
        similar = difflib.get_close_matches(type, titles(), n=3)
        hint = f"; did you mean {', '.join(similar)}?" if similar else ""
        raise ValueError(f"there is no node type named {type!r}{hint}")
    return Pattern(type, says, fields)


def anywhere(pattern: Pattern) -> Anywhere:
    """Return a pattern that matches a node when the node or one below it matches ``pattern``.

    >>> assert_ast(text, For(body=anywhere(Call("exp"))))
    """
    return Anywhere(pattern)


def nowhere(pattern: Pattern) -> Nowhere:
    """Return a pattern that matches a node when neither it nor any below it matches ``pattern``.

    >>> assert_ast(text, nowhere(While()))
    """
    return Nowhere(pattern)


def titles() -> list[str]:
    """Return the titles of the node types that the catalog knows."""
    return sorted({row.title for row in catalog.nodes().values()})


def size(value: Value) -> int:
    """Return the number of demands of a value: the cost of a node that meets none of them."""
    match value:
        case Pattern():
            parts: Iterator[int] = map(size, value.fields.values())
            return 1 + (value.says is not ...) + sum(parts)
        case Anywhere():
            return size(value.pattern)
        case list() | tuple():
            return 1 + sum(size(element) for element in value if element is not ...)
        case Mapping():
            return sum(map(size, value.values()))
    return 1


def show(value: Value) -> str:
    """Return a value as Python text."""
    match value:
        case EllipsisType():
            return "..."
        case list() | tuple():
            return f"[{', '.join(map(show, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{key!r}: {show(entry)}' for key, entry in value.items())}}}"
        case re.Pattern():
            return f"re.compile({value.pattern!r})"
    return repr(value)

"""Define what a rule for older spellings is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_type_hints

from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.proposal import Proposal

Find = Callable[[Any, SpellingContext], Iterator[Proposal]]
"""Proposes replacements in a node, which is of the types that the annotation of ``node`` names."""

Scope = Literal["old", "ambiguous", "doubtful", "any"]


class SpellingRule(NamedTuple):
    """A rule for an older spelling.

    Attributes
    ----------
    name
        Its name in ``Edit.rule``.
    note
        The id of the message that tells the user why.
    scope
        ``old`` for what today's TVM does not read: such a text is certainly old. ``ambiguous`` for
        what has another meaning today: it is replaced only in a text that is certainly old, or that
        does not parse as it stands. ``doubtful`` for what is more likely a mistake in a text of
        today: it is replaced only in a text that is certainly old. ``any`` for what today's TVM
        reads with the same meaning and cannot always lower, and for what it prints and does not
        read: it is replaced in every text.
    until
        The last version of TVM that read it.
    find
        Proposes the replacements in a node.
    """

    name: str
    note: str
    scope: Scope
    until: str
    find: Find


@cache
def node_types(find: Find) -> frozenset[type[ast.AST]]:
    """Return the types of the nodes that a rule looks at, from its annotation."""
    hint = get_type_hints(find)["node"]
    return frozenset(get_args(hint) or {hint})

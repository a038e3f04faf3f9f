"""Pair the nodes of two stages of a build, and list the changes between them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from viz.model import Certainty, Change
from viz.passes.ancestry import BINDERS, NAMED
from viz.passes.code_fields import SHARED_CLASSES
from viz.provenance import stage_diff
from viz.provenance.stage_diff import Walked


class NodeIdentities:
    """What tells that two objects of TVM's are one node: address, span, and the Var it binds."""

    def handle(self, obj: Any) -> int:
        """Return an object's address."""
        return int(obj.__chandle__())

    def span(self, obj: Any) -> Hashable:
        """Return the address of an object's span: passes share spans rather than copy them."""
        span = getattr(obj, "span", None)
        return None if span is None else int(span.__chandle__())

    def binds(self, obj: Any) -> Hashable:
        """Return the address of the Var that an object binds, None without."""
        variable = NAMED[obj.__class__](obj) if obj.__class__ in BINDERS else None
        return None if variable is None else int(variable.__chandle__())

    def subject(self, obj: Any) -> str:
        """Return the name of the buffer or Var that an object is about, empty without."""
        variable = NAMED[obj.__class__](obj) if obj.__class__ in NAMED else None
        return str(getattr(variable, "name", ""))

    def is_shared(self, obj: Any) -> bool:
        """Whether an object stands in many places, as a Var and a number do."""
        return obj.__class__ in SHARED_CLASSES


IDENTITIES = NodeIdentities()


def pairs(before: Walked, after: Walked) -> list[tuple[int, int, Certainty]]:
    """Return which node of a stage became which of a later one.

    See :func:`viz.provenance.stage_diff.pairs`.
    """
    return stage_diff.pairs(before, after, IDENTITIES)


def changes(before: Walked, after: Walked) -> tuple[Change, ...]:
    """Return the nodes that differ between two stages.

    See :func:`viz.provenance.stage_diff.changes`.
    """
    return stage_diff.changes(before, after, IDENTITIES)

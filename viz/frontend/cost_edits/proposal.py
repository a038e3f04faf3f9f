"""Hold an edit of a program's text that may lower the cost of an access."""

from __future__ import annotations

from typing import NamedTuple

from viz.messages import Message
from viz.model import CostEditKind
from viz.text import Patch


class CostProposal(NamedTuple):
    """An edit that has not been measured.

    Several that do the same in other words have the same ``kind`` and ``about``: one is enough.
    """

    kind: CostEditKind
    about: str
    """What it changes: a buffer or a loop."""
    title: Message
    why: Message
    patches: tuple[Patch, ...]

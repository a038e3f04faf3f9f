"""Tell for which generation of TVM a text was written, by the older spellings in it."""

from __future__ import annotations

from collections.abc import Iterable

from viz.messages import Message, message_of
from viz.model import Edit
from viz.model.catalog import spellings


def generation(edits: Iterable[Edit]) -> Message | None:
    """Return the newest TVM that read all of the spellings; None when there are none."""
    order = list(spellings().generation)
    oldest = min((edit.until for edit in edits if edit.until), key=order.index, default="")
    return message_of(spellings().generation[oldest]) if oldest else None

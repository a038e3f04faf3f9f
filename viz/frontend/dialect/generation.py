"""Tell for which generation of TVM a text was written, by the older spellings in it."""

from __future__ import annotations

from collections.abc import Iterable

from viz.model import Edit
from viz.model.catalog import spellings


def generation(edits: Iterable[Edit]) -> str:
    """Return the newest TVM that read all of the spellings; empty when there are none."""
    order = list(spellings().generation)
    oldest = min((edit.until for edit in edits if edit.until), key=order.index, default="")
    return spellings().generation[oldest] if oldest else ""

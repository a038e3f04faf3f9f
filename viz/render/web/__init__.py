"""Web: an Analysis packed as data for linked panes in a browser, and the scripts that show it.

The report writes the scripts into its one file, the workbench joins them to one ES module. None of
them depends on where it runs: texts go in as text, drawings and data as this room packed them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["read"]


@cache
def read(name: str) -> str:
    """Return a style of this room: ``colours.css`` are variables to stand inside a rule."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")

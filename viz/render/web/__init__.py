"""Scripts, styles and packed data of linked panes, shared by the report and the workbench.

The report writes the scripts into its one file, the workbench serves them as ES modules. They
depend on neither: texts come as text, drawings and data as this room packed them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["read"]


@cache
def read(name: str) -> str:
    """Return a style of this room: ``colours.css`` are variables to stand inside a rule."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")

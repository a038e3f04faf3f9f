"""Web: an Analysis packed as data for linked panes in a browser, and the scripts that show it.

The report writes the scripts into its one file, the workbench serves them as ES modules. None of
them depends on where it runs: texts go in as text, drawings and data as this room packed them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["SCRIPTS", "STYLES", "read"]

SCRIPTS = (
    "words.js",
    "lexer.js",
    "model.js",
    "linked.js",
    "lines.js",
    "listing.js",
    "picture.js",
    "card.js",
    "selection.js",
)
"""The ES modules of this room, each after those it imports. No name stands in two of them, and an
import is one line: so they can also be written one after the other."""

STYLES = ("colours.css", "panes.css")
"""The variables, to stand inside a rule, and the rules that use them."""


@cache
def read(name: str) -> str:
    """Return one of the files."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")

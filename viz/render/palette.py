"""The colours of nodes, by theme and colour class of the catalog.

Statements are blue and expressions amber, which people with any common colour blindness can tell
apart; they also differ in shape. Within a family the shades are close.
"""

from __future__ import annotations

from typing import Literal

from viz.model import Plain

Theme = Literal["light", "dark"]


class Paint(Plain, frozen=True):
    """The colours of a box."""

    fill: str
    line: str


class Palette(Plain, frozen=True):
    """The colours of a theme: the ground, texts, edges, and the boxes by colour class."""

    ground: str
    ink: str
    soft: str
    edge: str
    paints: dict[str, Paint]


def _paints(*rows: tuple[str, str, str]) -> dict[str, Paint]:
    return {name: Paint(fill=fill, line=line) for name, fill, line in rows}


PALETTES: dict[Theme, Palette] = {
    "light": Palette(
        ground="#ffffff",
        ink="#1c2430",
        soft="#566070",
        edge="#a3aebd",
        paints=_paints(
            ("structure", "#e3f3f0", "#2f7f79"),
            ("loop", "#dbe8ff", "#3b6fd4"),
            ("branch", "#e4e5ff", "#5b63cf"),
            ("block", "#e2eefb", "#3f78b8"),
            ("store", "#d3e7fb", "#1d63ae"),
            ("scope", "#edf3fc", "#6b8cc4"),
            ("effect", "#e9eff7", "#5d7ba3"),
            ("operator", "#fff1d6", "#c98a1b"),
            ("compare", "#ffeacb", "#c2761a"),
            ("load", "#fcefb9", "#ad8a06"),
            ("call", "#ffe6d2", "#c0692b"),
            ("leaf", "#fffaf0", "#d6b069"),
            ("type", "#f7f8fa", "#98a2b0"),
            ("other", "#f1f3f6", "#7b8794"),
        ),
    ),
    "dark": Palette(
        ground="#161c25",
        ink="#e6eaf0",
        soft="#a6b2c2",
        edge="#5b6878",
        paints=_paints(
            ("structure", "#15302f", "#58b5ab"),
            ("loop", "#1d2f52", "#7ea6ff"),
            ("branch", "#262a55", "#9ca3ff"),
            ("block", "#1a3049", "#6fa8e0"),
            ("store", "#143654", "#62b4f0"),
            ("scope", "#1c2636", "#7f9ac4"),
            ("effect", "#1f2b3a", "#8aa6c8"),
            ("operator", "#44330f", "#f2c14e"),
            ("compare", "#482f0c", "#f0a850"),
            ("load", "#3c370e", "#d8c24c"),
            ("call", "#492b14", "#f09c60"),
            ("leaf", "#292419", "#b39a63"),
            ("type", "#1b222c", "#6f7c8f"),
            ("other", "#222a35", "#8593a5"),
        ),
    ),
}

"""Colour numbers: values from blue over the ground to orange, errors by their order of magnitude.

Blue and orange are told apart by people with any common colour blindness, and both get darker (on a
dark ground lighter) the larger a number is. An error within the tolerance is grey, one beyond it
purple, and darker: lightness alone says the same. What is no finite number has a mark, not a
colour.
"""

from __future__ import annotations

import math

from viz.model import Plain
from viz.render.palette import Theme

Stops = tuple[str, ...]


class ColourScale(Plain, frozen=True):
    """Colours at equal steps; those between are mixed. Numbers outside have the last ones."""

    values: Stops
    """From -1 over 0 to 1."""
    right: Stops
    """Errors within the tolerance, from the smallest to the largest."""
    wrong: Stops
    """Errors beyond it."""
    ground: str
    """No error at all, and behind the marks."""
    mark: str
    """Marks: NaN is a cross, infinities are triangles, a wrong cell has a corner."""


SCALES: dict[Theme, ColourScale] = {
    "light": ColourScale(
        values=("#123f85", "#4f8fd6", "#b9d6f2", "#f6f5f2", "#f8cf9e", "#e08a2e", "#8a3d00"),
        right=("#eceef1", "#aab2bd"),
        wrong=("#d9a3cf", "#a8479a", "#5b0f54"),
        ground="#ffffff",
        mark="#1a2230",
    ),
    "dark": ColourScale(
        values=("#a9d0ff", "#4d86c6", "#24405f", "#171d26", "#54391a", "#bd7a2a", "#ffcb8f"),
        right=("#262e39", "#566272"),
        wrong=("#7a3f73", "#c06ab4", "#ffc4f3"),
        ground="#10151c",
        mark="#e7ebf1",
    ),
}


def mixed(stops: Stops, place: float) -> str:
    """Return the colour at a place from 0 to 1."""
    at = min(max(place, 0.0), 1.0) * (len(stops) - 1)
    first = min(int(at), len(stops) - 2)
    parts = (
        round(low + (high - low) * (at - first))
        for low, high in zip(_channels(stops[first]), _channels(stops[first + 1]), strict=True)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def place_of_value(value: float, span: tuple[float, float]) -> float:
    """Return the place of a finite value from 0 to 1: 0 is in the middle."""
    largest = max(abs(span[0]), abs(span[1]))
    return 0.5 if not largest else 0.5 + value / largest / 2


def place_of_error(error: float, span: tuple[float, float]) -> float:
    """Return the place of a finite error that is not 0, on a logarithmic scale of 8 decades."""
    low, high = max(span[0], span[1] * 1e-8), span[1]
    if error <= low or low == high:
        return 1.0 if low == high else 0.0
    return min(1.0, math.log(error / low) / math.log(high / low))

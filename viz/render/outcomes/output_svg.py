"""Draw outputs of a run beside what was expected and the error, as one SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from viz.locale.translator import Translator
from viz.model import Comparison, OutputPicture
from viz.render.outcomes.colour_scales import SCALES, mixed, place_of_error, place_of_value
from viz.render.palette import PALETTES, Theme

SIDE = 256
"""Units of the drawing along the longer side of a heat map."""

STEPS = 32
"""Colours of a bar of the legend."""

GAP = 24
LINE = 20
"""Units from one line of text to the next."""

WIDTH = 3 * SIDE + 4 * GAP
LETTERS = 112
"""Characters in a line of text below the heat maps."""

Drawn = tuple[Comparison, OutputPicture, str]
"""An output with its picture and the words for it."""


def output_svg(drawn: Sequence[Drawn], _: Translator, theme: Theme = "light") -> str:
    """Return the heat maps of outputs, below each other, each with its words."""
    palette = PALETTES[theme]
    pieces: list[str] = []
    top = GAP
    for comparison, picture, words in drawn:
        pieces += _output(comparison, picture, top, _, theme)
        top += LINE + math.ceil(picture.rows * _cell(picture))
        pieces += _legend(comparison, picture, top, _, theme)
        top += 5 * LINE
        for line in _lines(words):
            pieces.append(_text(GAP, top, line, palette.ink))
            top += LINE
        top += GAP
    body = "".join(pieces)
    label = escape(" ".join(words for _, _, words in drawn))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" '
        f'height="{top}" role="img" font-family="system-ui, sans-serif" font-size="13">'
        f"<title>{label}</title>"
        f'<rect width="{WIDTH}" height="{top}" fill="{palette.ground}"/>{body}</svg>'
    )


def _output(
    comparison: Comparison, picture: OutputPicture, top: int, _: Translator, theme: Theme
) -> Iterator[str]:
    titles = (_("Output"), _("Expected"), _("Error"))
    planes = (picture.got, picture.expected, picture.error)
    for number, (title, plane) in enumerate(zip(titles, planes, strict=True)):
        left = GAP + number * (SIDE + GAP)
        words = f"{comparison.name}: {title}" if number == 0 else title
        yield _text(left, top, words, PALETTES[theme].ink)
        yield from _map(picture, plane, left, top + LINE // 2, theme, is_error=number == 2)


def _legend(
    comparison: Comparison, picture: OutputPicture, top: int, _: Translator, theme: Theme
) -> Iterator[str]:
    """Draw what the colours of values and errors stand for, below the first and the last map."""
    scale, palette = SCALES[theme], PALETTES[theme]
    places = tuple(place_of_value(value, picture.values) for value in picture.values)
    last = GAP + 2 * (SIDE + GAP)
    bars = [(GAP, 0, scale.values, places, picture.values, comparison.dtype)]
    if picture.errors[1]:
        within, beyond = _("within the tolerance"), _("beyond the tolerance")
        bars.append((last, 0, scale.right, (0.0, 1.0), picture.errors, within))
        bars.append((last, 2, scale.wrong, (0.0, 1.0), picture.errors, beyond))
    for left, line, stops, (low, high), ends, words in bars:
        y = top + line * LINE
        step = SIDE / STEPS
        for number in range(STEPS):
            colour = mixed(stops, low + (high - low) * number / (STEPS - 1))
            x = left + number * step
            yield (f'<rect x="{x:.2f}" y="{y}" width="{step:.2f}" height="8" fill="{colour}"/>')
        yield _text(left, y + LINE + 2, f"{ends[0]:.3g} … {ends[1]:.3g}  {words}", palette.soft)
    yield _text(GAP, top + 3 * LINE, "× NaN  ▲ ∞  ▼ −∞", palette.soft)


def _cell(picture: OutputPicture) -> float:
    return SIDE / max(picture.rows, picture.columns)


def _map(
    picture: OutputPicture, plane: bytes, left: int, top: int, theme: Theme, *, is_error: bool
) -> Iterator[str]:
    side = _cell(picture)
    scale = SCALES[theme]
    values = np.frombuffer(plane, "<f8").reshape(picture.rows, picture.columns)
    wrong = np.frombuffer(picture.wrong, "<u4").reshape(values.shape)
    there = np.frombuffer(picture.element, "<u4").reshape(values.shape) != 2**32 - 1

    def colour(row: int, column: int) -> str:
        value = float(values[row, column])
        if not there[row, column]:
            return "none"
        if not math.isfinite(value) or (is_error and value == 0):
            return scale.ground
        if is_error:
            stops = scale.wrong if wrong[row, column] else scale.right
            return mixed(stops, place_of_error(value, picture.errors))
        return mixed(scale.values, place_of_value(value, picture.values))

    wide, high = picture.columns * side, picture.rows * side
    yield (
        f'<rect x="{left}" y="{top}" width="{wide:.2f}" height="{high:.2f}" '
        f'fill="{scale.ground}" stroke="{PALETTES[theme].edge}"/>'
    )
    for row in range(picture.rows):
        colours = [colour(row, column) for column in range(picture.columns)]
        start = 0
        for column in range(1, picture.columns + 1):
            if column < picture.columns and colours[column] == colours[start]:
                continue
            if colours[start] not in (scale.ground, "none"):
                yield (
                    f'<rect x="{left + start * side:.2f}" y="{top + row * side:.2f}" '
                    f'width="{(column - start) * side:.2f}" height="{side:.2f}" '
                    f'fill="{colours[start]}"/>'
                )
            start = column
    for row, column in np.argwhere(there & ~np.isfinite(values)):
        x, y = left + (column + 0.5) * side, top + (row + 0.5) * side
        yield _mark(float(values[row, column]), x, y, side * 0.35, scale.mark)


def _mark(value: float, x: float, y: float, half: float, colour: str) -> str:
    """Return a cross for NaN, and a triangle that points up or down for an infinity."""
    if math.isnan(value):
        path = (
            f"M{x - half:.2f} {y - half:.2f}L{x + half:.2f} {y + half:.2f}"
            f"M{x + half:.2f} {y - half:.2f}L{x - half:.2f} {y + half:.2f}"
        )
        return f'<path d="{path}" stroke="{colour}" fill="none"/>'
    tip, base = (y - half, y + half) if value > 0 else (y + half, y - half)
    path = f"M{x:.2f} {tip:.2f}L{x + half:.2f} {base:.2f}L{x - half:.2f} {base:.2f}Z"
    return f'<path d="{path}" fill="{colour}"/>'


def _text(x: int, y: int, words: str, colour: str) -> str:
    return f'<text x="{x}" y="{y}" fill="{colour}">{escape(words)}</text>'


def _lines(words: str) -> Iterator[str]:
    """Break a text into lines; Chinese, which has no blanks, where it is too long."""
    line = ""
    for word in words.split(" "):
        while len(word) > LETTERS // 2 and not word.isascii():
            yield (line + " " + word[: LETTERS // 2]).strip()
            line, word = "", word[LETTERS // 2 :]
        if len(line) + len(word) >= LETTERS:
            yield line
            line = ""
        line = f"{line} {word}".strip()
    if line:
        yield line

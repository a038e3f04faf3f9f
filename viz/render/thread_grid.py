"""Where in a launch a finding's threads stand: its blocks and threads as squares, as SVG.

A square is a thread, or a block in the picture of the grid. Threads of a block whose rows are short
stand as the block is laid out, x to the right and y and z downwards; others in their linear order,
a warp a row. Where there are too many squares for one picture, each stands for several.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil, prod

from viz.model import Finding, Plain, Site
from viz.render.palette import PALETTES, Palette, Theme

WARP = 32

MOST_SQUARES = 1024
"""Of a picture: a block has no more threads, and a grid of more blocks is drawn scaled down."""

MOST_ROWS = 64

PITCH = 13
"""Units of the drawing from one square to the next."""

SIDE = 11

CLASSES = ("store", "operator")
"""The palette's colour classes of a finding's first and second thread: blue and amber."""

Index = tuple[int, int, int]


class Layout(Plain, frozen=True):
    """Squares in rows; each stands for ``each`` indices of a launch's extents, x fastest."""

    extents: Index
    columns: int
    rows: int
    each: int = 1

    @property
    def squares(self) -> int:
        """How many squares there are; the last row may be shorter."""
        return ceil(prod(self.extents) / self.each)

    def square(self, index: Index) -> int:
        """Return the number of the square that an index ``(x, y, z)`` lies in."""
        x, y, z = index
        wide, high, _ = self.extents
        return ((z * high + y) * wide + x) // self.each


def layout(extents: Index) -> Layout:
    """Return how so many threads or blocks are drawn."""
    wide, rest = extents[0], prod(extents[1:])
    if wide <= WARP and rest <= MOST_ROWS:
        return Layout(extents=extents, columns=wide, rows=rest)
    each = ceil(prod(extents) / MOST_SQUARES)
    squares = ceil(prod(extents) / each)
    return Layout(extents=extents, columns=min(WARP, squares), rows=ceil(squares / WARP), each=each)


class Picture(Plain, frozen=True):
    """An SVG, what it shows, and what is coloured in it, for those who do not see it."""

    title: str
    marked: str
    svg: str


def pictures(finding: Finding, theme: Theme = "light") -> tuple[Picture, ...]:
    """Return the pictures of a finding: its grid when that has several blocks, and each block."""
    numbered = [*enumerate(finding.sites, 1)]
    shown = []
    if prod(finding.grid) > 1:
        blocks = [(number, site.block) for number, site in numbered]
        title = f"Grid of {_extents(finding.grid)} blocks"
        shown.append(_picture(title, "block", layout(finding.grid), blocks, theme))
    for block in dict.fromkeys(site.block for site in finding.sites):
        threads = [(number, site.thread) for number, site in numbered if site.block == block]
        title = f"Block {plain(block)}, {_extents(finding.block)} threads"
        shown.append(_picture(title, "thread", layout(finding.block), threads, theme))
    return tuple(shown)


def legend(site: Site) -> str:
    """Return in words which thread a number in the pictures is, and what it does where."""
    where = f" at line {site.line}" if site.line else ""
    return f"thread {plain(site.thread)} of block {plain(site.block)} {site.doing}{where}"


def colour(number: int, theme: Theme) -> str:
    """Return the colour of a finding's first or second thread."""
    return PALETTES[theme].paints[CLASSES[(number - 1) % len(CLASSES)]].line


def plain(index: Index) -> str:
    """Return an index as CUDA's programmers write it: ``(x, y, z)``."""
    return "(" + ", ".join(map(str, index)) + ")"


def _extents(extents: Index) -> str:
    """Return extents without those of 1 that end them."""
    last = max((at for at, extent in enumerate(extents) if extent > 1), default=0)
    return " × ".join(f"{extent:,}" for extent in extents[: last + 1])


def _picture(
    title: str, what: str, found: Layout, marked: Sequence[tuple[int, Index]], theme: Theme
) -> Picture:
    palette = PALETTES[theme]
    if found.each > 1:
        title += f"; a square is {found.each:,} of them"
    where = ", ".join(f"{number} is {what} {plain(index)}" for number, index in marked)
    width, height = found.columns * PITCH + 1, found.rows * PITCH + 1
    numbers: dict[int, list[int]] = {}
    for number, index in marked:
        numbers.setdefault(found.square(index), []).append(number)
    shapes = [
        _outline(found, palette),
        *(_marked(found, square, at, theme) for square, at in numbers.items()),
    ]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(f"{title}: {where}")}">{"".join(shapes)}</svg>'
    )
    return Picture(title=title, marked=where, svg=svg)


def _corner(found: Layout, square: int) -> tuple[int, int]:
    row, column = divmod(square, found.columns)
    return column * PITCH + 1, row * PITCH + 1


def _outline(found: Layout, palette: Palette) -> str:
    """Return all squares as one path: a thousand elements would be slow to draw."""
    steps = []
    for square in range(found.squares):
        x, y = _corner(found, square)
        steps.append(f"M{x} {y}h{SIDE}v{SIDE}h-{SIDE}z")
    return f'<path d="{"".join(steps)}" fill="{palette.edge}" fill-opacity=".38"/>'


def _marked(found: Layout, square: int, numbers: Sequence[int], theme: Theme) -> str:
    x, y = _corner(found, square)
    half = SIDE / len(numbers)
    fills = "".join(
        f'<rect x="{x + half * at:g}" y="{y}" width="{half:g}" height="{SIDE}" '
        f'fill="{colour(number, theme)}"/>'
        for at, number in enumerate(numbers)
    )
    # Two numbers find no room in a square; its two halves tell them.
    digit = str(numbers[0]) if len(numbers) == 1 else ""
    return (
        f'{fills}<text x="{x + SIDE / 2:g}" y="{y + SIDE - 2}" text-anchor="middle" '
        f'font-size="10" font-weight="700" font-family="sans-serif" '
        f'fill="{PALETTES[theme].ground}">{digit}</text>'
    )

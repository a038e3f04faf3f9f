"""Draw where a finding's threads are in their launch: blocks and threads as squares, as SVG.

A square is a thread, or a block in the picture of the grid. The threads of a block with rows of at
most a warp are laid out as the block is, x to the right, y and z downwards; others in their linear
order, a warp a row. Where one picture has no room for all, each square stands for several.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil, prod
from typing import Literal

from viz.locale.translator import Translator
from viz.messages import Language, message_of
from viz.model import Finding, Plain, Site
from viz.render.palette import PALETTES, Palette, Theme

WARP = 32

MOST_SQUARES = 1024
"""The most squares of a picture: the most threads of a block. More blocks share squares."""

MOST_ROWS = 64
"""The most rows of a block that is drawn in its own shape."""

PITCH = 13
"""Units of the drawing from one square to the next."""

SIDE = 11
"""Units of the drawing along a square."""

CLASSES = ("store", "operator")
"""The colour classes of a finding's first and second thread: blue and amber."""

Index = tuple[int, int, int]


class SquareGrid(Plain, frozen=True):
    """Squares in rows, each for ``per_square`` indices below the extents, x running fastest."""

    extents: Index
    columns: int
    rows: int
    per_square: int = 1

    @property
    def squares(self) -> int:
        """The number of squares; the last row may be shorter."""
        return ceil(prod(self.extents) / self.per_square)

    def square(self, index: Index) -> int:
        """Return the number of the square of an index ``(x, y, z)``, from 0."""
        x, y, z = index
        wide, high, _ = self.extents
        return ((z * high + y) * wide + x) // self.per_square


def square_grid(extents: Index) -> SquareGrid:
    """Return the squares for the threads of a block, or the blocks of a grid."""
    wide, rest = extents[0], prod(extents[1:])
    if wide <= WARP and rest <= MOST_ROWS:
        return SquareGrid(extents=extents, columns=wide, rows=rest)
    per_square = ceil(prod(extents) / MOST_SQUARES)
    squares = ceil(prod(extents) / per_square)
    return SquareGrid(
        extents=extents,
        columns=min(WARP, squares),
        rows=ceil(squares / WARP),
        per_square=per_square,
    )


class Picture(Plain, frozen=True):
    """An SVG, its title, and in words which threads are marked in it, for screen readers."""

    title: str
    marked: str
    svg: str


def pictures(
    finding: Finding, theme: Theme = "light", language: Language = "en"
) -> tuple[Picture, ...]:
    """Return the pictures of a finding: the grid, if it has several blocks, and each block."""
    _ = Translator(language)
    numbered = [*enumerate(finding.sites, 1)]
    shown = []
    if prod(finding.grid) > 1:
        blocks = [(number, site.block) for number, site in numbered]
        title = _("Grid of {extents} blocks", extents=_extents(finding.grid))
        shown.append(_picture(_, title, "block", square_grid(finding.grid), blocks, theme))
    for block in dict.fromkeys(site.block for site in finding.sites):
        threads = [(number, site.thread) for number, site in numbered if site.block == block]
        extents = _extents(finding.block)
        title = _("Block {block}, {extents} threads", block=index_text(block), extents=extents)
        shown.append(_picture(_, title, "thread", square_grid(finding.block), threads, theme))
    return tuple(shown)


def legend(site: Site, language: Language = "en") -> str:
    """Return in words which thread a number in the pictures is, what it does, and at which line."""
    thread, block = index_text(site.thread), index_text(site.block)
    words = message_of(
        "thread-at-line",
        thread=message_of("thread-of-block", thread=thread, block=block),
        doing=site.doing,
        line=message_of("at-line", line=site.line) if site.line else "",
    )
    return words.text(language)


def colour(number: int, theme: Theme) -> str:
    """Return the colour of a finding's first or second thread."""
    return PALETTES[theme].paints[CLASSES[(number - 1) % len(CLASSES)]].line


def index_text(index: Index) -> str:
    """Return an index as text: ``(x, y, z)``."""
    return "(" + ", ".join(map(str, index)) + ")"


def _extents(extents: Index) -> str:
    """Return extents as text, without those of 1 at their end."""
    last = max((axis for axis, extent in enumerate(extents) if extent > 1), default=0)
    return " × ".join(f"{extent:,}" for extent in extents[: last + 1])


def _picture(
    _: Translator,
    title: str,
    what: Literal["block", "thread"],
    grid: SquareGrid,
    marked: Sequence[tuple[int, Index]],
    theme: Theme,
) -> Picture:
    palette = PALETTES[theme]
    if grid.per_square > 1:
        title = _("{title}; a square is {count:,} of them", title=title, count=grid.per_square)
    is_at = _("{number} is block {index}") if what == "block" else _("{number} is thread {index}")
    words = _.list(is_at.format(number=number, index=index_text(index)) for number, index in marked)
    width, height = grid.columns * PITCH + 1, grid.rows * PITCH + 1
    numbers: dict[int, list[int]] = {}
    for number, index in marked:
        numbers.setdefault(grid.square(index), []).append(number)
    shapes = [
        _outline(grid, palette),
        *(_marked(grid, square, threads, theme) for square, threads in numbers.items()),
    ]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(f"{title}: {words}")}">{"".join(shapes)}</svg>'
    )
    return Picture(title=title, marked=words, svg=svg)


def _corner(grid: SquareGrid, square: int) -> tuple[int, int]:
    row, column = divmod(square, grid.columns)
    return column * PITCH + 1, row * PITCH + 1


def _outline(grid: SquareGrid, palette: Palette) -> str:
    """Return all squares as one path, since a thousand elements would be slow to draw."""
    steps = []
    for square in range(grid.squares):
        x, y = _corner(grid, square)
        steps.append(f"M{x} {y}h{SIDE}v{SIDE}h-{SIDE}z")
    return f'<path d="{"".join(steps)}" fill="{palette.edge}" fill-opacity=".38"/>'


def _marked(grid: SquareGrid, square: int, numbers: Sequence[int], theme: Theme) -> str:
    x, y = _corner(grid, square)
    half = SIDE / len(numbers)
    fills = "".join(
        f'<rect x="{x + half * position:g}" y="{y}" width="{half:g}" height="{SIDE}" '
        f'fill="{colour(number, theme)}"/>'
        for position, number in enumerate(numbers)
    )
    # Two numbers do not fit in a square; its two halves have their colours.
    digit = str(numbers[0]) if len(numbers) == 1 else ""
    return (
        f'{fills}<text x="{x + SIDE / 2:g}" y="{y + SIDE - 2}" text-anchor="middle" '
        f'font-size="10" font-weight="700" font-family="sans-serif" '
        f'fill="{PALETTES[theme].ground}">{digit}</text>'
    )

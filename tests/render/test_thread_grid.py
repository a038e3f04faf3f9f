"""Pictures of threads: every thread has its square, for all extents of blocks and grids."""

import itertools
import math
import xml.etree.ElementTree as ET

import pytest

from viz.messages import message_of, verbatim
from viz.model import Finding, Site
from viz.render.thread_grid import MOST_ROWS, MOST_SQUARES, PITCH, colour, pictures, square_grid

BLOCKS = [(1, 1, 1), (128, 1, 1), (16, 16, 1), (8, 8, 16), (33, 5, 2), (1, 1024, 1), (1024, 1, 1)]
GRIDS = [(2**31 - 1, 1, 1), (1, 65535, 65535), (4096, 4096, 1), (1025, 1, 1)]
SVG = "{http://www.w3.org/2000/svg}"


def finding(*sites, grid=(1, 1, 1), block=(128, 1, 1)):
    sites = tuple(
        Site(block=b, thread=t, doing=message_of("doing-writes"), line=3) for b, t in sites
    )
    return Finding(kind="race", what=verbatim(""), sites=sites, grid=grid, block=block)


def squares(svg, number, theme="light"):
    """Return the columns and rows of the squares in the colour of a finding's thread."""
    return [
        (int(float(rect.get("x")) // PITCH), int(float(rect.get("y")) // PITCH))
        for rect in ET.fromstring(svg).iter(f"{SVG}rect")
        if rect.get("fill") == colour(number, theme)
    ]


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_thread_of_a_block_has_its_own_square(block):
    layout = square_grid(block)
    indices = [(x, y, z) for z, y, x in itertools.product(*map(range, reversed(block)))]
    assert [layout.square(index) for index in indices] == list(range(math.prod(block)))
    assert layout.squares <= layout.rows * layout.columns < layout.squares + layout.columns
    assert layout.rows <= MOST_ROWS


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_a_large_grid_is_drawn_scaled_down(grid):
    last = tuple(extent - 1 for extent in grid)
    layout = square_grid(grid)
    assert layout.per_square > 1
    assert layout.square((0, 0, 0)) == 0
    assert layout.square(last) == layout.squares - 1 < MOST_SQUARES
    shown = pictures(finding((last, (0, 0, 0)), grid=grid))[0]
    assert f"a square is {layout.per_square:,} of them" in shown.title
    assert len(shown.svg) < 40_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_threads_are_coloured_where_they_stand(theme):
    wanted = finding(((0, 0, 0), (3, 2, 0)), ((0, 0, 0), (0, 5, 0)), block=(16, 16, 1))
    (shown,) = pictures(wanted, theme)
    assert squares(shown.svg, 1, theme) == [(3, 2)]
    assert squares(shown.svg, 2, theme) == [(0, 5)]
    assert shown.title == "Block (0, 0, 0), 16 × 16 threads"
    label = ET.fromstring(shown.svg).get("aria-label")
    assert label.endswith("1 is thread (3, 2, 0), 2 is thread (0, 5, 0)")


def test_two_blocks_are_drawn_each_and_in_their_grid():
    wanted = finding(((1, 0, 0), (40, 0, 0)), ((0, 0, 0), (7, 0, 0)), grid=(2, 1, 1))
    grid, first, second = (picture.svg for picture in pictures(wanted))
    assert (squares(grid, 1), squares(grid, 2)) == ([(1, 0)], [(0, 0)])
    assert (squares(first, 1), squares(first, 2)) == ([(8, 1)], [])
    assert (squares(second, 1), squares(second, 2)) == ([], [(7, 0)])


def test_one_thread_twice_has_both_colours():
    wanted = finding(((0, 0, 0), (9, 0, 0)), ((0, 0, 0), (9, 0, 0)))
    (shown,) = pictures(wanted)
    assert squares(shown.svg, 1) == squares(shown.svg, 2) == [(9, 0)]

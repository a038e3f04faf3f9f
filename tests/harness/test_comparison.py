"""Maps of where an output is wrong, against the elements themselves."""

import numpy as np
import pytest

from viz.harness.comparison import MOST_CELLS, compare, error_map


@pytest.mark.parametrize(
    ("shape", "row", "cells"),
    [
        ((8,), 8, (1, 8)),
        ((100,), 32, (4, 32)),
        ((10_000,), 32, (63, 32)),  # 313 rows, five to a cell
        ((4, 6), 6, (4, 6)),
        ((64, 65), 65, (64, 33)),
        ((2, 3, 5), 5, (6, 5)),
        ((1, 16, 32, 33), 33, (64, 33)),
        ((7, 1000), 1000, (7, 63)),
    ],
)
def test_each_wrong_element_is_in_its_cell(shape, row, cells):
    random = np.random.default_rng(0)
    wrong = random.random(shape) < 0.03
    wrong.flat[-1] = True
    errors = random.random(shape) + 1
    found = error_map(errors, wrong)
    assert (found.row, (found.rows, found.columns)) == (row, cells)
    assert max(cells) <= MOST_CELLS
    expected = {}
    for flat in np.flatnonzero(wrong):
        line, place = divmod(int(flat), row)
        cell = line // found.height * found.columns + place // found.width
        expected.setdefault(cell, []).append(float(errors.flat[flat]))
    assert {cell.cell: (cell.wrong, cell.error) for cell in found.cells} == {
        cell: (len(inside), max(inside)) for cell, inside in expected.items()
    }
    places = np.argwhere(wrong)
    assert found.low == tuple(places.min(axis=0))
    assert found.high == tuple(places.max(axis=0))


def test_a_comparison_has_a_map_where_something_is_wrong():
    expected = np.ones((4, 4), "float32")
    actual = expected.copy()
    assert compare("C", actual, expected).where is None
    actual[1, 2], actual[3, 2] = np.nan, 3
    found = compare("C", actual, expected)
    assert [(cell.cell, cell.error) for cell in found.where.cells] == [(6, None), (14, 2.0)]
    assert (found.where.low, found.where.high) == ((1, 2), (3, 2))
    scalar = compare("s", np.float32(2), np.float32(1))
    assert not scalar.passed
    assert scalar.where is None

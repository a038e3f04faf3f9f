"""Pictures of outputs: a cell shows its element with the largest error, nothing is smoothed away."""

import numpy as np
import pytest

from viz.errors import RequestError
from viz.harness.comparison import compare, errors_of
from viz.harness.outputs.pictures import MOST_CELLS, NOWHERE, picture


def read(data, kind="<f8"):
    return np.frombuffer(data, kind)


@pytest.mark.parametrize(
    ("shape", "row", "cells"),
    [
        ((8,), 8, (1, 8)),
        ((100,), 32, (4, 32)),
        ((10_000,), 32, (63, 32)),  # 313 rows, five to a cell
        ((4, 6), 6, (4, 6)),
        ((64, 65), 65, (64, 33)),
        ((2, 3, 5), 5, (3, 5)),
        ((1, 16, 32, 33), 33, (32, 33)),
        ((7, 1000), 1000, (7, 63)),
    ],
)
def test_a_cell_shows_its_element_with_the_largest_error(shape, row, cells):
    random = np.random.default_rng(0)
    expected = random.random(shape)
    got = expected + np.where(random.random(shape) < 0.03, random.random(shape), 0)
    got.flat[-1] = np.nan
    errors, wrong, _, _ = errors_of(got, expected)
    found = picture(got, expected, errors, wrong)
    assert (found.row, (found.rows, found.columns)) == (row, cells)
    assert max(cells) <= MOST_CELLS
    assert found.slice == tuple(extent - 1 for extent in shape[:-2])  # where the NaN is
    plane = {
        name: array[found.slice].ravel()
        for name, array in (("got", got), ("expected", expected), ("error", errors))
    }
    weights = np.where(np.isnan(plane["error"]), np.inf, plane["error"])
    inside = {}
    for flat in range(len(weights)):
        line, place = divmod(flat, row)
        cell = line // found.height * found.columns + place // found.width
        inside.setdefault(cell, []).append(flat)
    shown = read(found.element, "<u4")
    for cell, numbers in inside.items():
        assert weights[shown[cell]] == max(weights[n] for n in numbers)
        assert shown[cell] in numbers
        for name, values in plane.items():
            np.testing.assert_equal(read(getattr(found, name))[cell], values[shown[cell]])
        assert read(found.wrong, "<u4")[cell] == sum(wrong[found.slice].flat[n] for n in numbers)
    empty = set(range(len(shown))) - set(inside)
    assert all(shown[cell] == NOWHERE for cell in empty)


def test_another_slice_has_the_ranges_and_histograms_of_the_whole():
    expected = np.arange(24.0).reshape(2, 3, 4)
    got = expected.copy()
    got[1, 0, 0] += 8
    got[0, 0, 1] = np.inf
    errors, wrong, _, _ = errors_of(got, expected)
    found = picture(got, expected, errors, wrong, (1,))
    assert read(found.error).max() == 8
    assert found.values == (0.0, 23.0)
    assert found.errors == (8.0, 8.0)
    histogram = found.error_histogram
    assert (sum(histogram.counts), histogram.zeros, histogram.infinite) == (1, 22, 1)
    assert sum(found.expected_histogram.counts) == 24
    assert sum(found.got_histogram.counts) + found.got_histogram.infinite == 24
    assert found.got_histogram.edges == found.expected_histogram.edges
    for wanted in ((2,), (), (0, 0), (-1,)):
        with pytest.raises(RequestError, match="no slice"):
            picture(got, expected, errors, wrong, wanted)


@pytest.mark.parametrize("value", [0.0, 5.0, np.nan, np.inf, 1e308])
def test_no_values_are_too_odd_for_a_picture(value):
    array = np.full((3, 3), value)
    other = -array
    found = compare("C", array, other, pictures=True).picture
    counted = found.got_histogram
    assert sum(counted.counts) + counted.nan + counted.infinite == 9
    assert sum(found.error_histogram.counts) + found.error_histogram.zeros <= 9
    assert compare("s", np.float32(2), np.float32(1), pictures=True).picture is None
    assert compare("C", array, other).picture is None

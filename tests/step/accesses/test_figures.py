"""Sectors and wavefronts, worked out by hand from NVIDIA's rules."""

import numpy as np
import pytest

from viz.model import Figures
from viz.step.accesses.figures import figures

LANE = np.arange(32)


def of(offsets, width, space):
    return figures(np.asarray(offsets).reshape(-1, 32), width, space)


def test_words_in_a_row_fill_four_sectors():
    # 32 lanes of 4 bytes are the 128 bytes from 0: sectors 0 to 3.
    assert of(LANE * 4, 4, "global") == Figures(
        requests=1, lanes=32, sectors=4, ideal_sectors=4, bytes_asked=128, bytes_used=128
    )


@pytest.mark.parametrize(
    ("first", "step", "width", "sectors", "ideal", "used"),
    [
        (4, 4, 4, 5, 4, 128),  # bytes 4 to 131: a part of sector 0 and of sector 4
        (0, 8, 4, 8, 4, 128),  # every second word of 256 bytes
        (0, 0, 4, 1, 1, 4),  # all lanes the same word
        (0, 1, 1, 1, 1, 32),  # 32 bytes in a row
        (0, 16, 16, 16, 16, 512),  # vectors of 16 bytes
        (30, 64, 4, 64, 4, 128),  # each word lies across two sectors, all apart
        (0, 2, 4, 3, 3, 66),  # words that overlap by half: bytes 0 to 65
    ],
)
def test_sectors(first, step, width, sectors, ideal, used):
    found = of(first + LANE * step, width, "global")
    assert (found.sectors, found.ideal_sectors, found.bytes_used) == (sectors, ideal, used)
    assert found.bytes_asked == 32 * width


@pytest.mark.parametrize(
    ("offsets", "width", "rounds", "least", "ideal"),
    [
        (LANE * 4, 4, 1, 1, 1),
        (LANE * 128, 4, 32, 32, 1),  # all in bank 0, each another word
        (LANE * 0, 4, 1, 1, 1),  # one word for all
        (LANE * 132, 4, 1, 1, 1),  # padded by a word: each lane in a bank of its own
        (LANE * 8, 4, 2, 2, 1),  # lanes 0 and 16 are 128 bytes apart
        (LANE * 1, 1, 1, 1, 1),  # four lanes to a word
        (LANE * 8, 8, 2, 2, 2),  # a half warp of 8 bytes each: all 32 banks once
        (LANE * 16, 16, 4, 4, 4),  # a quarter warp of 16 bytes each: all 32 banks once
        (LANE // 2 * 8, 8, 2, 1, 2),  # pairs ask for the same: the halves may go together
        (LANE * 256, 8, 32, 32, 2),  # each half: 16 lanes in banks 0 and 1
    ],
)
def test_rounds_of_the_banks(offsets, width, rounds, least, ideal):
    found = of(offsets, width, "shared")
    assert (found.wavefronts, found.least_wavefronts, found.ideal_wavefronts) == (
        rounds,
        least,
        ideal,
    )


def test_lanes_that_are_not_active_count_for_nothing():
    # Every second lane, 8 bytes apart each: words 0, 2, .. 30 of 128 bytes.
    offsets = np.where(LANE % 2 == 0, LANE * 4, -1)
    assert of(offsets, 4, "global") == Figures(
        requests=1, lanes=16, sectors=4, ideal_sectors=2, bytes_asked=64, bytes_used=64
    )
    # Only the first half warp: one part of two, and a request without lanes is none.
    halves = np.stack([np.where(LANE < 16, LANE * 8, -1), np.full(32, -1)])
    found = of(halves, 8, "shared")
    assert (found.requests, found.wavefronts, found.ideal_wavefronts) == (1, 1, 1)

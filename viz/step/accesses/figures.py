"""Count what requests of warps cost, by the published rules for sectors and banks.

A request is the access of up to 32 lanes at one place of a program in the same rounds of the loops
around it. All rules take many requests at once, a row each.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from viz.model import Figures, MemorySpace
from viz.step.threads import WARP

SECTOR = 32
"""Bytes of a sector of global memory."""

BANKS = 32
WORD = 4
"""Bytes of a word, of which each bank of shared memory gives one in a round."""


class MatrixTile(NamedTuple):
    """What a warp accesses at once: runs of bytes in a row, from its first byte on."""

    runs: int
    length: int
    """Bytes of a run."""
    step: int
    """Bytes from the start of one to that of the next."""
    limit: int
    """Bytes of the memory; those beyond are not accessed."""


def figures(offsets: Any, width: int, space: MemorySpace) -> Figures:
    """Return what requests cost together.

    Parameters
    ----------
    offsets
        Where the access of each lane begins, in bytes; below 0 where the lane is not active. Of
        shape ``(requests, 32)``, int64; a request without any active lane is none.
    width
        Bytes of each lane.
    """
    active = offsets >= 0
    some = active.any(axis=1)
    offsets, active = offsets[some], active[some]
    requests, lanes = len(offsets), int(active.sum())
    if space == "local" or not requests:
        asked = lanes * width
        return Figures(requests=requests, lanes=lanes, bytes_asked=asked, bytes_used=asked)
    used = _distinct_bytes(offsets, active, width)
    counted = Figures(
        requests=requests, lanes=lanes, bytes_asked=lanes * width, bytes_used=int(used.sum())
    )
    if space == "global":
        return counted + Figures(
            sectors=int(_sectors(offsets, active, width).sum()),
            ideal_sectors=int((-(-used // SECTOR)).sum()),
        )
    return counted + _rounds(offsets, active, width)


def figures_of_tiles(offsets: Any, tile: MatrixTile, space: MemorySpace) -> Figures:
    """Return what requests of warps for a tile each cost together.

    Parameters
    ----------
    offsets
        Of each lane the first byte of the tile, below 0 where the lane is not active, of shape
        ``(requests, 32)``; that of the first active lane counts.
    """
    active = offsets >= 0
    some = active.any(axis=1)
    at = active[some].argmax(axis=1)[:, None]
    first = np.take_along_axis(offsets[some], at, axis=1)[:, 0]
    bytes_used, sectors = np.zeros_like(first), np.zeros_like(first)
    end, next_sector = np.zeros_like(first), np.zeros_like(first)
    for number in range(tile.runs):
        run = tile.runs - 1 - number if tile.step < 0 else number
        begin = first + run * tile.step
        last = np.minimum(begin + tile.length, tile.limit)
        begin = np.maximum(begin, end)
        is_new = begin < last
        after = (last - 1) // SECTOR + 1
        bytes_used += np.where(is_new, last - begin, 0)
        sectors += np.where(is_new, after - np.maximum(begin // SECTOR, next_sector), 0)
        end, next_sector = np.where(is_new, last, end), np.where(is_new, after, next_sector)
    requests, is_global = len(first), space == "global"
    return Figures(
        requests=requests,
        lanes=WARP * requests,
        sectors=int(sectors.sum()) if is_global else 0,
        ideal_sectors=int((-(-bytes_used // SECTOR)).sum()) if is_global else 0,
        bytes_asked=requests * tile.runs * tile.length,
        bytes_used=int(bytes_used.sum()),
    )


def multiplied(one: Figures, times: int) -> Figures:
    """Return the figures of requests that were made some times."""
    return Figures(*(times * getattr(one, name) for name in Figures.__struct_fields__))


def _filled(values: Any, active: Any) -> Any:
    """Return rows in rising order in which inactive lanes repeat what an active one has."""
    first = np.take_along_axis(values, active.argmax(axis=1)[:, None], axis=1)
    return np.sort(np.where(active, values, first), axis=1)


def _is_new(ordered: Any) -> Any:
    """Return where the value of a row in rising order differs from the one before it."""
    new = np.ones(ordered.shape, bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    return new


def _distinct_bytes(offsets: Any, active: Any, width: int) -> Any:
    """Return how many distinct bytes the lanes of each request ask for."""
    ordered = _filled(offsets, active)
    return width + np.minimum(np.diff(ordered, axis=1), width).sum(axis=1)


def _pieces(offsets: Any, active: Any, width: int, size: int) -> tuple[Any, Any]:
    """Return the numbers of the pieces of memory that each lane touches, and which of them count.

    A lane touches as many of a size as its bytes lie in.
    """
    most = (width + size - 2) // size + 1
    numbers = offsets[:, :, None] // size + np.arange(most)
    touched = active[:, :, None] & (numbers <= (offsets[:, :, None] + width - 1) // size)
    return numbers.reshape(len(offsets), -1), touched.reshape(len(offsets), -1)


def _sectors(offsets: Any, active: Any, width: int) -> Any:
    """Return how many sectors of global memory each request touches."""
    return _is_new(_filled(*_pieces(offsets, active, width, SECTOR))).sum(axis=1)


def _rounds(offsets: Any, active: Any, width: int) -> Figures:
    """Return the rounds that the banks of shared memory need.

    Requests of 8 bytes go by half warps, wider ones by quarter warps. Where lanes beside each other
    or two apart ask for the same words, two parts may go together.
    """
    parts = 4 if width > 8 else 2 if width > 4 else 1
    split, there = _rounds_of_parts(offsets, active, width, parts)
    least = split
    if parts > 1:
        least = split.copy()
        paired, _ = _rounds_of_parts(offsets, active, width, parts // 2)
        lanes = np.arange(WARP)
        same = np.zeros(len(offsets), bool)
        for distance in (1, 2):
            other = lanes ^ distance
            differs = (offsets != offsets[:, other]) & active & active[:, other]
            same |= ~differs.any(axis=1)
        least[same] = paired[same]
    return Figures(
        wavefronts=int(split.sum()),
        least_wavefronts=int(least.sum()),
        ideal_wavefronts=int(there.sum()),
    )


def _rounds_of_parts(offsets: Any, active: Any, width: int, parts: int) -> tuple[Any, Any]:
    """Return the rounds of each request, and how many of its parts have an active lane."""
    rows = len(offsets) * parts
    offsets, active = offsets.reshape(rows, -1), active.reshape(rows, -1)
    there = active.any(axis=1)
    counts = np.zeros(rows, np.int64)
    if there.any():
        ordered = _filled(*_pieces(offsets[there], active[there], width, WORD))
        new = _is_new(ordered)
        row = np.broadcast_to(np.arange(len(ordered))[:, None], ordered.shape)
        banks = np.bincount(
            (row * BANKS + ordered % BANKS)[new], minlength=len(ordered) * BANKS
        ).reshape(-1, BANKS)
        counts[there] = banks.max(axis=1)
    return counts.reshape(-1, parts).sum(axis=1), there.reshape(-1, parts).sum(axis=1)

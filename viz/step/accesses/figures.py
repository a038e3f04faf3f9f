"""Count what requests of warps cost, by the published rules for sectors and banks.

A request is the access of up to 32 lanes at one place of a program in the same rounds of the loops
around it. All rules take many requests at once, a row each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from viz.model import Figures, MemorySpace
from viz.step.threads import WARP

SECTOR = 32
"""Bytes of a sector of global memory."""

BANKS = 32
WORD = 4
"""Bytes of a word, of which each bank of shared memory gives one in a round."""


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

"""Read what the runtime counted: requests by site, statements and branches."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import numpy as np

from viz.model import AccessKind, Figures, MemorySpace, WarpRequest

WARP = 32
KINDS: tuple[AccessKind, ...] = ("load", "store", "atomic", "fragment")
"""In the order of ``emulator::warps::Does``."""
SPACES: tuple[MemorySpace, ...] = ("global", "shared", "local")
"""In the order of ``emulator::Space``."""


class _CountRecord(ctypes.Structure):
    _fields_ = (
        ("place", ctypes.c_int64),
        ("does", ctypes.c_int32),
        ("space", ctypes.c_int32),
        ("bytes", ctypes.c_uint32),
        ("most_on_one", ctypes.c_uint32),
        ("requests", ctypes.c_uint64),
        ("lanes", ctypes.c_uint64),
        ("sectors", ctypes.c_uint64),
        ("ideal_sectors", ctypes.c_uint64),
        ("wavefronts", ctypes.c_uint64),
        ("least_wavefronts", ctypes.c_uint64),
        ("ideal_wavefronts", ctypes.c_uint64),
        ("asked", ctypes.c_uint64),
        ("used", ctypes.c_uint64),
        ("by_lanes", ctypes.c_uint64 * (WARP + 1)),
        ("block", ctypes.c_uint32 * 3),
        ("warp", ctypes.c_uint32),
        ("offsets", ctypes.c_int64 * WARP),
        ("worst_sectors", ctypes.c_uint32),
        ("worst_wavefronts", ctypes.c_uint32),
        ("buffer", ctypes.c_char * 64),
    )


class CountedSite(NamedTuple):
    """What an access did in all of its requests.

    Attributes
    ----------
    place
        Where it begins in the CUDA text.
    call
        Where the call begins, in a kernel, of the helper that it stands in; 0 in a kernel.
    memory
        The name of the memory in the text.
    """

    place: int
    call: int
    kind: AccessKind
    space: MemorySpace
    width: int
    memory: str
    figures: Figures
    lanes: tuple[tuple[int, int], ...]
    most_on_one: int
    worst: WarpRequest | None


def begin(library: ctypes.CDLL) -> None:
    """Let a library count from now on, with nothing counted so far."""
    library.emulator_count(1)


def sites(library: ctypes.CDLL) -> list[CountedSite]:
    """Return what each access did since :func:`begin`, in the order of the text."""
    count = library.emulator_count_sites()
    if not count:
        return []
    records = (_CountRecord * count).from_address(_address(library.emulator_counted_sites))
    return sorted(map(_site, records), key=lambda site: (site.call or site.place, site.place))


def accesses(library: ctypes.CDLL) -> int:
    """Return the accesses of single threads to global and shared memory since :func:`begin`."""
    library.emulator_counted_accesses.restype = ctypes.c_uint64
    return int(library.emulator_counted_accesses())


def barriers(library: ctypes.CDLL) -> int:
    """Return the barriers that the blocks of the last launch went through."""
    library.emulator_barriers.restype = ctypes.c_uint64
    return int(library.emulator_barriers())


class Tallies(NamedTuple):
    """Counts of statements and branches: views of a library's memory.

    Attributes
    ----------
    statements
        Lanes that ran each statement.
    branches
        Of each branch the warps that came to it, and those that it divided; shape ``(n, 2)``.
    """

    statements: Any
    branches: Any

    def taken(self) -> Tallies:
        """Return copies of the counts, and set these to zero."""
        copies = Tallies(self.statements.copy(), self.branches.copy())
        self.statements[:] = 0
        self.branches[:] = 0
        return copies


def tallies(library: ctypes.CDLL, statements: int, branches: int) -> Tallies:
    """Return the counts of the first statements and branches."""
    return Tallies(
        _counts(_address(library.emulator_counted_statements), statements),
        _counts(_address(library.emulator_counted_branches), 2 * branches).reshape(-1, 2),
    )


def _address(function: Any) -> int:
    function.restype = ctypes.c_void_p
    return int(function())


def _counts(address: int, count: int) -> Any:
    if not count:
        return np.zeros(0, np.uint64)
    held: Any = (ctypes.c_uint64 * count).from_address(address)
    return np.frombuffer(held, np.uint64)


def _site(record: _CountRecord) -> CountedSite:
    call, place = divmod(record.place, 1 << 32)
    space = SPACES[record.space]
    figures = Figures(
        requests=record.requests,
        lanes=record.lanes,
        sectors=record.sectors,
        ideal_sectors=record.ideal_sectors,
        wavefronts=record.wavefronts,
        least_wavefronts=record.least_wavefronts,
        ideal_wavefronts=record.ideal_wavefronts,
        bytes_asked=record.asked,
        bytes_used=record.used,
    )
    worst = WarpRequest(
        block=tuple(record.block),
        warp=record.warp,
        offsets=tuple(record.offsets),
        sectors=record.worst_sectors,
        wavefronts=record.worst_wavefronts,
    )
    return CountedSite(
        place,
        call,
        KINDS[record.does],
        space,
        record.bytes,
        record.buffer.decode(),
        figures,
        tuple((lanes, count) for lanes, count in enumerate(record.by_lanes) if count),
        max(1, record.most_on_one),
        worst if record.worst_sectors or record.worst_wavefronts else None,
    )

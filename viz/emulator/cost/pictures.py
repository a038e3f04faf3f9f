"""Read how often the elements of buffers were accessed over time."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Mapping, Sequence

import numpy as np

from viz.emulator.cost.records import SPACES
from viz.model import BufferAccesses

MOST_CELLS, MOST_SLICES, MOST_PICTURES = 1 << 12, 32, 64
"""As in ``runtime/warps/pictures.h``."""


class _PictureRecord(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char * 64),
        ("kernel", ctypes.c_int32),
        ("space", ctypes.c_int32),
        ("unit", ctypes.c_uint32),
        ("per_cell", ctypes.c_uint32),
        ("elements", ctypes.c_uint64),
        ("requests", ctypes.c_uint64),
        ("requests_per_slice", ctypes.c_uint64),
        ("counts", ctypes.POINTER(ctypes.c_uint32)),
        ("distances", ctypes.POINTER(ctypes.c_double)),
        ("reuses", ctypes.POINTER(ctypes.c_uint64)),
        ("last", ctypes.c_void_p),
    )


def begin(library: ctypes.CDLL, *, wanted: bool) -> None:
    """Let a library forget its counts, and count from now on where that is wanted."""
    library.emulator_pictures(int(wanted))


def launching(library: ctypes.CDLL, kernel: int) -> None:
    """Say which kernel the accesses from now on are of, by a number."""
    library.emulator_picture_kernel(kernel)


def lost(library: ctypes.CDLL) -> bool:
    """Return whether there were more buffers of kernels than ``MOST_PICTURES``."""
    return bool(library.emulator_pictures_lost())


def pictures(
    library: ctypes.CDLL, kernel: int, shapes: Mapping[str, Sequence[int]]
) -> tuple[BufferAccesses, ...]:
    """Return the counts of a kernel, in the order in which it accessed its buffers first.

    Parameters
    ----------
    shapes
        The shapes of the user's buffers, by name.
    """
    count = library.emulator_picture_count()
    if not count:
        return ()
    library.emulator_picture_records.restype = ctypes.c_void_p
    records = (_PictureRecord * count).from_address(library.emulator_picture_records())
    return tuple(_buffer(record, shapes) for record in records if record.kernel == kernel)


def _buffer(record: _PictureRecord, shapes: Mapping[str, Sequence[int]]) -> BufferAccesses:
    cells = -(-record.elements // record.per_cell)
    slices = max(1, -(-record.requests // record.requests_per_slice))
    size = MOST_SLICES * MOST_CELLS * 4
    every = np.frombuffer(ctypes.string_at(record.counts, size), "<u4")
    counts = every.reshape(MOST_SLICES, MOST_CELLS)[:slices, :cells]
    distances = np.frombuffer(ctypes.string_at(record.distances, MOST_CELLS * 8), "<f8")[:cells]
    reuses = np.frombuffer(ctypes.string_at(record.reuses, MOST_CELLS * 8), "<u8")[:cells]
    reuse = np.full(cells, np.nan, "<f4")
    np.divide(distances, reuses, out=reuse, where=reuses > 0, casting="unsafe")
    name = re.sub(r"_ptr(_\d+)?$", r"\1", record.name.decode())
    return BufferAccesses(
        name=name,
        space=SPACES[record.space],
        elements=record.elements,
        element_bytes=record.unit,
        per_cell=record.per_cell,
        slices=slices,
        requests_per_slice=record.requests_per_slice,
        requests=record.requests,
        counts=counts.tobytes(),
        reuse=reuse.tobytes(),
        shape=tuple(shapes.get(name, ())),
    )

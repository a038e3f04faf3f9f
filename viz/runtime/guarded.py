"""Place arrays in memory between guard zones, as tensors with the strides of the array.

A program that writes a little outside a buffer damages a guard zone, which tells which buffer and
how far, and not what happens to lie beside it.
"""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import numpy as np
import tvm_ffi

from viz.harness.arrays import Array
from viz.messages import message_of
from viz.model import Finding

LEAST_GUARD, MOST_GUARD = 1 << 16, 1 << 20
"""Bytes of a guard zone: as many as the array has, between these two."""

PATTERN = 0xC5
"""The byte that guard zones are filled with."""

ALIGNMENT = 64
"""Bytes that arrays are aligned to, as TVM's own are."""

_CPU = 1
"""The device type of DLPack for memory of the CPU."""


class Damage(NamedTuple):
    """What was written outside an array.

    Attributes
    ----------
    first
        The index of the nearest damaged element, counted in elements from the array's first one:
        negative before it.
    elements
        How many elements are damaged.
    extent
        How many elements the memory of the array has.
    """

    first: int
    elements: int
    extent: int


class GuardedArray:
    """A copy of an array between two guard zones.

    Attributes
    ----------
    array
        The array's elements, as the program left them; it shares the memory.
    tensor
        The tensor to call a program with.
    """

    def __init__(self, source: Array) -> None:
        self._itemsize = source.itemsize
        self._bytes = source.itemsize * (
            1 + sum((n - 1) * (s // source.itemsize) for n, s in _axes(source))
            if source.size
            else 0
        )
        guard = min(max(self._bytes, LEAST_GUARD), MOST_GUARD)
        memory = np.full(self._bytes + 2 * guard + ALIGNMENT, PATTERN, np.uint8)
        self._start = guard + -(memory.ctypes.data + guard) % ALIGNMENT
        self._memory = memory
        inside = memory[self._start : self._start + self._bytes]
        if source.strides != np.empty(source.shape, source.dtype).strides:
            inside[:] = 0  # the gaps between rows
        # Not as_strided, which does not know all dtypes of ml_dtypes.
        self.array: Array = np.ndarray(
            source.shape, source.dtype, memory, self._start, source.strides
        )
        self.array[...] = source
        self._exported = _Exported(self.array)
        self.tensor = tvm_ffi.from_dlpack(self._exported)

    def damage(self) -> Damage | None:
        """Return what was written into the guard zones, or None."""
        end = self._start + self._bytes
        before = np.flatnonzero(self._memory[: self._start] != PATTERN)
        after = np.flatnonzero(self._memory[end:] != PATTERN)
        if not before.size and not after.size:
            return None
        above = np.unique((after + self._bytes) // self._itemsize)
        below = np.unique((before - self._start) // self._itemsize)
        first = above[0] if above.size else below[-1]
        return Damage(int(first), above.size + below.size, self._bytes // self._itemsize)


def outside(name: str, damage: Damage) -> Finding:
    """Return the finding of a buffer's damaged guard zones."""
    after = damage.first > 0
    what = message_of(
        "finding-outside-one" if damage.elements == 1 else "finding-outside",
        count=damage.elements,
        name=name,
        place=message_of(
            "outside-past-end" if after else "outside-before-beginning", index=damage.first
        ),
        extent=damage.extent,
    )
    return Finding(
        kind="bounds",
        what=what,
        sites=(),
        buffer=name,
        index=(damage.first,),
        flat_index=damage.first,
        extent=damage.extent,
        count=damage.elements,
    )


def _axes(array: Array) -> zip[tuple[int, int]]:
    return zip(array.shape, array.strides, strict=True)


# ---------------------------------------------------------------- DLPack


class _DataType(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16))


class _Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("dtype", _DataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


class _ManagedTensor(ctypes.Structure):
    _fields_ = (
        ("tensor", _Tensor),
        ("context", ctypes.c_void_p),
        ("deleter", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
    )


_CAPSULE = b"dltensor"
_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


class _Exported:
    """An array by the protocol of DLPack: NumPy itself exports none of ``ml_dtypes``.

    It must outlive the tensors that are made of it.
    """

    def __init__(self, array: Array) -> None:
        kind = tvm_ffi.dtype(str(array.dtype))
        rank = array.ndim
        steps = (stride // array.itemsize for stride in array.strides)
        self._shape = (ctypes.c_int64 * rank)(*array.shape)
        self._strides = (ctypes.c_int64 * rank)(*steps)
        self._managed = _ManagedTensor(
            _Tensor(
                data=array.ctypes.data,
                device_type=_CPU,
                ndim=rank,
                dtype=_DataType(kind.type_code, kind.bits, kind.lanes),
                shape=self._shape,
                strides=self._strides,
            )
        )

    def __dlpack__(self, **_: Any) -> Any:
        return _new_capsule(ctypes.addressof(self._managed), _CAPSULE, None)

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CPU, 0

"""Hand arrays of NumPy over by the protocol of DLPack, or as its ``DLTensor`` in C."""

from __future__ import annotations

import ctypes
from typing import Any

from viz.harness.arrays import Array

_CPU = 1
"""The device type of DLPack for memory of the CPU."""


class DLDataType(ctypes.Structure):
    """The type of a tensor's elements."""

    _fields_ = (("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16))


class DLTensor(ctypes.Structure):
    """A tensor, as programs are given it."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("dtype", DLDataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


class _ManagedTensor(ctypes.Structure):
    _fields_ = (
        ("tensor", DLTensor),
        ("context", ctypes.c_void_p),
        ("deleter", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
    )


_CAPSULE = b"dltensor"
_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


class ExportedArray:
    """An array by the protocol of DLPack: NumPy itself exports none of ``ml_dtypes``.

    It must outlive the tensors that are made of it.

    Parameters
    ----------
    kind
        The code, bits and lanes of its elements' type.
    name
        What the program calls it.

    Attributes
    ----------
    data, size
        Where its first element is, and the bytes to the end of its last one.
    """

    def __init__(self, array: Array, kind: tuple[int, int, int], name: str = "") -> None:
        self.name = name
        self.shape = array.shape
        self.data = int(array.ctypes.data)
        last = sum((n - 1) * step for n, step in zip(array.shape, array.strides, strict=True))
        self.size = last + array.itemsize if array.size else 0
        rank = array.ndim
        steps = (stride // array.itemsize for stride in array.strides)
        self._shape = (ctypes.c_int64 * rank)(*array.shape)
        self._strides = (ctypes.c_int64 * rank)(*steps)
        self._managed = _ManagedTensor(
            DLTensor(
                data=array.ctypes.data,
                device_type=_CPU,
                ndim=rank,
                dtype=DLDataType(*kind),
                shape=self._shape,
                strides=self._strides,
            )
        )

    @property
    def address(self) -> int:
        """Where its ``DLTensor`` is."""
        return ctypes.addressof(self._managed)

    def __dlpack__(self, **_: Any) -> Any:
        return _new_capsule(self.address, _CAPSULE, None)

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CPU, 0

"""Hand arrays between guard zones to TVM, as tensors with the strides of the array."""

from __future__ import annotations

import tvm_ffi

from viz.harness.arrays import Array
from viz.harness.dlpack import ExportedArray
from viz.harness.guarded import GuardedMemory


class GuardedArray(GuardedMemory):
    """A copy of an array between two guard zones.

    Attributes
    ----------
    tensor
        The tensor to call a program with; it shares the memory.
    """

    def __init__(self, source: Array) -> None:
        super().__init__(source)
        kind = tvm_ffi.dtype(str(self.array.dtype))
        self._exported = ExportedArray(self.array, (kind.type_code, kind.bits, kind.lanes))
        self.tensor = tvm_ffi.from_dlpack(self._exported)

"""Read TVM's arrays without checking each index."""

from __future__ import annotations

from typing import Any

try:
    from tvm_ffi._ffi_api import ArrayGetItem, ArraySize
except ImportError:  # private to tvm_ffi, see viz/ir/tvm_names.py
    ArrayGetItem = ArraySize = None


def elements(array: Any) -> list[Any]:
    """Return the elements of an Array; Array's own iterator checks every index."""
    if ArrayGetItem is None or ArraySize is None:
        return list(array)
    return [ArrayGetItem(array, i) for i in range(ArraySize(array))]

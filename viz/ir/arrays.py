"""Read TVM's arrays without checking each index."""

from __future__ import annotations

from typing import Any

from tvm_ffi import _ffi_api

_ITEM, _SIZE = _ffi_api.ArrayGetItem, _ffi_api.ArraySize


def elements(array: Any) -> list[Any]:
    """Return the elements of an Array; Array's own iterator checks every index."""
    return [_ITEM(array, i) for i in range(_SIZE(array))]

"""Rebuild TVM's objects with callbacks, without asking for the callbacks' signatures each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tvm_ffi

try:
    from tvm_ffi._ffi_api import StructuralMutate
except ImportError:  # private to tvm_ffi, see viz/ir/tvm_names.py
    StructuralMutate = None

Callback = Callable[[Any, Any], Any]


def mutate(root: Any, callbacks: Sequence[tuple[Any, Callback]]) -> Any:
    """Return an object rebuilt: ``tvm_ffi.structural_mutate`` for callbacks of two arguments.

    Parameters
    ----------
    callbacks
        A class, and what is called with an object of it and the mutator; the first that fits.
    """
    if StructuralMutate is None:
        return tvm_ffi.structural_mutate(root, callbacks)
    entries = [(cls.__tvm_ffi_type_info__.type_index, call, False) for cls, call in callbacks]
    return StructuralMutate(root, entries)

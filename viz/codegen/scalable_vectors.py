"""Tell whether a processor has the scalable vectors that a lowered module computes with.

Their length is a multiple of ``T.vscale()``, which only the processor knows: Arm's SVE and the
vectors of RISC-V are such, those of x86 are not.
"""

from __future__ import annotations

from typing import Any

import tvm
import tvm_ffi
from tvm.target import Target

from viz.ir.labels import operator

FEATURES = ("sve", "v")
"""LLVM's names of what a processor has for them: Arm's, and that of RISC-V."""


def takes_vectors_of(mod: tvm.IRModule, target: Target) -> bool:
    """Whether LLVM can write machine code of a module for a target, as far as its vectors go."""
    if target.kind.name != "llvm" or not _is_scalable(mod):
        return True
    has_feature = tvm.get_global_func("target.target_has_feature", allow_missing=True)
    return has_feature is not None and any(has_feature(name, target) for name in FEATURES)


def _is_scalable(mod: tvm.IRModule) -> bool:
    lengths: list[bool] = []

    def visit(call: Any) -> None:
        lengths.append(operator(call) == "prim.vscale")

    for function in mod.functions.values():
        if isinstance(function, tvm.tirx.PrimFunc):
            tvm_ffi.structural_walk(function.body, [(tvm.ir.Call, visit)], order="pre")
    return any(lengths)

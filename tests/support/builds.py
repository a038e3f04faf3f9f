"""The builds that tests go through: every example for every target that can emit it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from tests.support.programs.examples import EXAMPLES, parsed
from viz.model import catalog

if TYPE_CHECKING:
    from viz.passes.recording import Recording

TARGETS = [name for name, row in catalog.targets().items() if row.has_pipeline]
SOURCE_TARGETS = ["c", "cuda", "opencl", "metal", "webgpu"]
"""The targets whose codegens write a language of the C family or WGSL, not LLVM's text."""
BOUND = {"matmul_gpu", "tirx_blocks", "tirx_warps", "transpose_shared"}
"""The examples that are bound to GPU threads."""
TIRX = {"tirx_blocks", "tirx_warps"}
"""The examples in TIRx, which TVM lowers for CUDA alone."""


def refusal(name: str, target: str) -> str:
    """Return what the error says where an example cannot be emitted for a target, else nothing."""
    if not catalog.targets()[target].gpu:
        return "bound to GPU threads" if name in BOUND else ""
    if name in TIRX:
        return "" if target == "cuda" else "for CUDA alone"
    return "it has no block" if name == "if_double" else ""


BUILDS = [(name, target) for name in EXAMPLES for target in TARGETS if not refusal(name, target)]
SOURCE_BUILDS = [(name, target) for name, target in BUILDS if target in SOURCE_TARGETS]


@cache
def recorded(name: str, target: str) -> Recording:
    """Return the recorded build of an example, made once for all tests."""
    from viz.passes.recording import record

    return record(parsed(name).mod, target)


def without_addresses(text: str) -> str:
    """Return LLVM IR without the addresses of the compiler's objects, which name alias scopes."""
    return re.sub(r"0x[0-9a-f]{8,}", "0x…", text)

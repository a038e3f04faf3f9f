"""The builds that tests go through: examples for every target that can emit them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.support.programs.examples import EXAMPLES, parsed
from tests.support.programs.thorough import VARIED, usually
from viz.model import Request, catalog

if TYPE_CHECKING:
    from viz.passes.recording import Recording
    from viz.service.engine.program_work import ProgramWork

TARGETS = [name for name, row in catalog.targets().items() if row.has_pipeline]
SOURCE_TARGETS = ["c", "cuda", "opencl", "metal", "webgpu"]
"""The targets whose codegens write a language of the C family or WGSL, not LLVM's text."""
BOUND = {"matmul_gpu", "tirx_blocks", "tirx_warps", "transpose_compacted", "transpose_shared"}
"""The examples that are bound to GPU threads as they are written, without a schedule."""
TIRX = {"tirx_blocks", "tirx_warps"}
"""The examples in TIRx, which TVM lowers for CUDA alone."""


def refusal(name: str, target: str) -> str:
    """Return what the error says where an example cannot be emitted for a target, else nothing."""
    if not catalog.targets()[target].gpu:
        return "bound to GPU threads" if name in BOUND else ""
    if name in TIRX:
        return "" if target == "cuda" else "for CUDA alone"
    return "it has no block" if name == "if_double" else ""


EVERY_BUILD = [
    (name, target) for name in EXAMPLES for target in TARGETS if not refusal(name, target)
]
BUILDS = usually(EVERY_BUILD, VARIED)
"""The builds as parameters of a test: those of varied programs, and the others if thorough."""
SHOWN = {
    "c": VARIED - {"gelu", "rms_norm"},
    "cuda": VARIED,
    "opencl": {"dequantize_q4f16", "matmul_gpu", "rope", "softmax"},
    "metal": {"dequantize_q4f16", "matmul_gpu", "softmax", "two_functions"},
    "webgpu": VARIED - {"gelu", "rms_norm"},
}
"""The programs that are built for each target in the usual run of the tests.

The codegens are all made of the same class: for OpenCL and Metal these are those with types, scopes,
warps and kernels of their own.
"""
USUAL_SOURCES = {(name, target) for name, target in EVERY_BUILD if name in SHOWN.get(target, ())}
SOURCE_BUILDS = usually(
    [build for build in EVERY_BUILD if build[1] in SOURCE_TARGETS], USUAL_SOURCES
)


@cache
def work_on(name: str) -> ProgramWork:
    """Return the work on an example, once for all tests."""
    from viz.service.engine.parts import usable
    from viz.service.engine.program_work import ProgramWork

    return ProgramWork(parsed(name), usable())


def scheduled(name: str, target: str) -> Any:
    """Return the module of an example after its schedule, if that is one for the target."""
    return work_on(name).built(target).mod


def recorded(name: str, target: str) -> Recording:
    """Return the recorded build of an example with its schedule, made once for all tests."""
    return work_on(name).record(Request(target=target), lambda step: None)


def without_addresses(text: str) -> str:
    """Return LLVM IR without the addresses of the compiler's objects, which name alias scopes."""
    return re.sub(r"0x[0-9a-f]{8,}", "0x…", text)

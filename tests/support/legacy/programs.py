"""Examples as programs of the 2024 TVM."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from viz.frontend.program import read

NAMES = tuple(sorted(path.stem for path in Path("examples").glob("*.py")))

GPU_ONLY = ("matmul_gpu", "transpose_compacted", "transpose_shared")
"""Examples that are bound to GPU threads: no CPU target takes them."""

NO_BLOCK = ("if_double",)
"""Examples whose functions have no block, so no GPU schedule fits."""

OF_TODAY = ("tirx_blocks", "tirx_warps")
"""Examples of TIRx, which came after 2024."""

EXPRESSIBLE = tuple(name for name in NAMES if name not in OF_TODAY)
"""Examples that a program of 2024 can be."""

CPU = tuple(name for name in EXPRESSIBLE if name not in GPU_ONLY)


def text_of(name: str) -> str:
    """Return the text of an example."""
    return Path("examples", f"{name}.py").read_text(encoding="utf-8")


@cache
def parsed(name: str) -> Any:
    """Return an example, parsed by the 2024 TVM."""
    from viz.legacy.parse import parse

    return parse(read(text_of(name)), gated=True)


@cache
def recorded(name: str, target: str) -> Any:
    """Return the recorded build of an example."""
    from viz.legacy.passes.recording import record

    return record(parsed(name).mod, target)

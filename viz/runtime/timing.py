"""Time calls of a built program beside what the machine reaches: copies, products of matrices."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tvm

from viz.errors import TVM_ERRORS, LoweringError, RunError
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.messages import Message, message_of
from viz.model import Ceilings, Problem, RunPart, Timing
from viz.passes.pipeline import lower
from viz.runtime.analysis.work import CallWork, work
from viz.runtime.build import compile_cuda
from viz.runtime.checked_c.program import CheckedProgram
from viz.runtime.devices import BuiltProgram
from viz.runtime.emulator.device import Emulation
from viz.runtime.execute import Call, seconds_of_repeats
from viz.runtime.python_device.program import PythonProgram

REPEATS = 15
"""Repeats of a timed call, fewer where they would take more than :data:`MOST_SECONDS`."""

MOST_SECONDS = 4.0
"""Seconds of all repeats together."""

COPIED, COPIED_ON_GPU = 16 << 20, 256 << 20
"""Bytes of the array that is copied: more than most caches hold."""

EXTENT, EXTENT_ON_GPU = 384, 2048
"""Rows of the matrices that are multiplied."""

TRIES = 10
"""Measurements of a ceiling, of which the shortest counts: a ceiling is what can be reached."""

_PRODUCT = """
@T.prim_func(s_tir=True)
def main(A: Matrix, B: Matrix, C: Matrix):
    for i, j, k in T.grid(N, N, N):
        with T.sblock("C"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                C[vi, vj] = T.float32(0)
            C[vi, vj] = C[vi, vj] + A[vi, vk] * B[vk, vj]
"""


def timed(
    program: BuiltProgram, call: Call, mod: tvm.IRModule, seconds: float | None, part: RunPart
) -> tuple[Timing | None, list[Problem]]:
    """Time a call, and measure what the machine reaches at the same time.

    Parameters
    ----------
    seconds
        About how long a call takes; None where the device cannot time one.

    Returns
    -------
    tuple
        The times; None where nobody asks, or with a remark that says why there are none.
    """
    if not part.timed:
        return None, []
    if isinstance(program.module, Emulation | PythonProgram | CheckedProgram) or seconds is None:
        what = message_of("no-time", ran=program.ran)
        return None, [Problem(code="no-time", severity="info", what=what)]
    repeats = int(min(REPEATS, max(3, MOST_SECONDS / max(seconds, 2e-3))))
    each = seconds_of_repeats(program, call, repeats)
    if not each:
        what = message_of("no-time", ran=program.ran)
        return None, [Problem(code="no-time", severity="info", what=what)]
    is_cuda = program.device.dlpack_device_type() == tvm.cuda(0).dlpack_device_type()
    amounts = work(call.function, mod, call.arguments)
    return _timing(each, amounts, _ceilings(program, is_cuda=is_cuda), is_cuda=is_cuda), []


def timed_on_cpu(call: Callable[[], object], amounts: CallWork) -> Timing:
    """Time a call on the CPU, which ran before, beside what the machine reaches at the same time.

    Parameters
    ----------
    amounts
        What a call moves and computes.
    """
    each: list[float] = []
    while len(each) < REPEATS and (len(each) < 3 or sum(each) < MOST_SECONDS):
        began = time.perf_counter()
        call()
        each.append(time.perf_counter() - began)
    return _timing(each, amounts, _of_cpu(), is_cuda=False)


def _timing(
    each: list[float], amounts: CallWork, ceilings: Ceilings | None, *, is_cuda: bool
) -> Timing:
    low, median, high = (float(value) for value in np.percentile(each, (25, 50, 75)))
    return Timing(
        seconds=tuple(each),
        median=median,
        low=low,
        high=high,
        is_absolute=is_cuda,
        bytes=amounts.bytes,
        operations=amounts.operations,
        ceilings=ceilings,
    )


def _ceilings(program: BuiltProgram, *, is_cuda: bool) -> Ceilings | None:
    if is_cuda:
        return _of_gpu(program.device)
    return _of_cpu() if program.device == tvm.cpu() else None


def _of_cpu() -> Ceilings:
    source, target = np.ones(COPIED // 4, "float32"), np.zeros(COPIED // 4, "float32")
    left = np.ones((EXTENT, EXTENT), "float32")
    product = np.empty_like(left)
    copying = _shortest(lambda: np.copyto(target, source))
    multiplying = _shortest(lambda: np.matmul(left, left, out=product))
    return _measured(copying, multiplying, COPIED, EXTENT, message_of("measured-by-numpy"))


def _of_gpu(device: Any) -> Ceilings | None:
    """Measure copies on the GPU, and a product by TVM's default schedule."""
    count = COPIED_ON_GPU // 4
    source = tvm.runtime.tensor(np.ones(count, "float32"), device)
    target = tvm.runtime.tensor(np.zeros(count, "float32"), device)

    def copy() -> None:
        source.copyto(target)
        device.sync()

    try:
        copying = _shortest(copy)
        shape = f"({EXTENT_ON_GPU}, {EXTENT_ON_GPU})"
        text = _PRODUCT.replace("Matrix", f"T.Buffer({shape}, 'float32')").replace(
            "N", str(EXTENT_ON_GPU)
        )
        module = compile_cuda(lower(parse(read(text)).mod, "cuda", host="llvm"))
        matrix = np.ones((EXTENT_ON_GPU, EXTENT_ON_GPU), "float32")
        matrices = [tvm.runtime.tensor(matrix, device) for _ in range(3)]
        evaluator = module.time_evaluator("main", device, number=3, repeat=TRIES)
        multiplying = min(evaluator(*matrices).results)
    except (*TVM_ERRORS, LoweringError, RunError):
        return None
    by = message_of("measured-by-tvm")
    return _measured(copying, multiplying, COPIED_ON_GPU, EXTENT_ON_GPU, by)


def _measured(
    copying: float, multiplying: float, copied: int, extent: int, by: Message
) -> Ceilings:
    return Ceilings(
        bytes_per_second=2 * copied / copying,
        operations_per_second=2 * extent**3 / multiplying,
        copied=copied,
        extent=extent,
        by=by,
    )


def _shortest(act: Callable[[], object]) -> float:
    """Return the shortest of some calls in seconds, after one that warms up."""
    act()
    times = []
    for _ in range(TRIES):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)

"""Run programs and hand-written CUDA texts on the emulator."""

from __future__ import annotations

from functools import cache

import numpy as np
import tvm

from tests.support.programs.examples import parsed
from viz.emulator import library
from viz.emulator.findings import Launched, read
from viz.emulator.forms import built
from viz.emulator.launch import launch_config
from viz.frontend.program import read as read_program
from viz.harness import reference
from viz.harness.comparison import compare
from viz.ir.parse import parse
from viz.model import Options, Outcome, Request, RunPart, ThreadOrder
from viz.passes import pipeline
from viz.runtime import inputs
from viz.runtime.analysis import written
from viz.runtime.emulator.device import Emulation
from viz.service.engine import dispatch

FAST_WARPS = {
    "dequantize_q4f16",
    "reduce_sum",
    "rms_norm",
    "softmax",
    "tirx_blocks",
    "tirx_warps",
}
"""The examples that run warps as values without checks; the others have no warp operations. With
checks every example does."""
UNROLLED = {"batched_matmul_f16", "conv2d", "two_functions"}
"""Thousands of statements such as those of ``matmul``, which is compared."""


@cache
def lowered(name: str):
    """Return an example lowered for CUDA, once for all tests."""
    return pipeline.lower(parsed(name).mod, "cuda", Options(), host="llvm")


def main_of(program):
    """Return a parsed program's first function and its name."""
    functions = {str(gv.name_hint): f for gv, f in program.mod.functions.items()}
    name = "main" if "main" in functions else min(functions)
    return name, functions[name]


class EmulatedProgram:
    """A program built for the emulator; each call runs it and compares it with NumPy."""

    def __init__(self, program, low, *, checked: bool, text: str = "", warps: bool = True) -> None:
        self.program = program
        self.name, self.function = main_of(program)
        parameters = [str(parameter.name) for parameter in self.function.params]
        self.outputs: dict[str, bytes] = {}
        self.emulation = Emulation(low, parameters, checked=checked, text=text, warps=warps)

    def __call__(self, order="forward") -> bool:
        """Run it and return whether all outputs are right."""
        self.emulation.order = order
        metadata = self.program.program.metadata
        arguments = inputs.make(self.function, 0, metadata.sizes, metadata.ranges)
        tensors = {
            name: tvm.runtime.tensor(value) if isinstance(value, np.ndarray) else value
            for name, value in arguments.values.items()
        }
        self.emulation[self.name](
            *(tensors[str(parameter.name)] for parameter in self.function.params)
        )
        results = {name: tensors[name].numpy() for name in written.outputs(self.function)}
        self.outputs = {name: value.tobytes() for name, value in results.items()}
        text = self.program.program.text
        expected = reference.call(metadata.reference, arguments, list(results), text, {})
        return all(compare(name, results[name], expected[name]).passed for name in results)


def assert_same_in_fibers(name, run, low, *, checked: bool) -> None:
    """Compare the last call of an example bit by bit with one in which each lane has a fiber."""
    as_warps = checked or name in FAST_WARPS
    assert bool(run.emulation.translation.warps) == as_warps
    if as_warps and name not in UNROLLED:
        fibers = EmulatedProgram(run.program, low, checked=checked, warps=False)
        assert fibers()
        assert fibers.outputs == run.outputs


def program_of(text: str):
    """Return a text as parsed, and lowered for CUDA."""
    program = parse(read_program(text))
    return program, pipeline.lower(program.mod, "cuda", Options(), host="llvm")


def run(text: str, *, checked: bool, order: ThreadOrder) -> Outcome:
    """Return the outcome of a program on the emulator, from the engine in this process."""
    part = RunPart(device="cuda-emulated", checked=checked, order=order)
    return dispatch.answer(Request(text=text, target="cuda", part=part))


HEADERS = "#include <cuda.h>\n#include <cuda_fp16.h>\n#include <cuda_bf16.h>\n#include <mma.h>\n"


def launch(
    text, *arrays, grid=(1, 1, 1), block=(32, 1, 1), checked=False, initialised=True, **options
):
    """Run the only kernel of a CUDA text on arrays and return its findings.

    ``options`` are ``order`` and ``warps``: whether it may run warps as values.
    """
    warps = options.get("warps", True)
    translation, loaded, _ = built(HEADERS + text, checked=checked, warps=warps)
    (kernel,) = translation.kernels.values()
    for parameter, array in zip(kernel.parameters, arrays, strict=True):
        name = parameter.name.removesuffix("_ptr").encode()
        loaded.emulator_region(array.ctypes.data, array.nbytes, name, int(initialised))
    extents = {
        f"{index}.{axis}": extent
        for index, extents in (("blockIdx", grid), ("threadIdx", block))
        for axis, extent in zip("xyz", extents, strict=True)
    }
    config = launch_config(translation, kernel, extents, order=options.get("order", "forward"))
    library.KernelLaunch(loaded, kernel)([array.ctypes.data for array in arrays], config)
    return read(loaded, Launched(kernel.name, grid, block), {})

"""Running modules for a GPU: helpers, other symbols, TIRx kernels, host code in GPU memory."""

import re

import numpy as np
import pytest

import viz
from tests.support.programs import gpu_modules
from viz.errors import RefusedError, RunError
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.model import EMULATED, Request, RunPart
from viz.passes.pipeline import lower
from viz.runtime import run as run_module
from viz.runtime.emulator.device import Emulation
from viz.runtime.expectation import first_function

needs_c = pytest.mark.skipif(
    bool(run_module.DEVICES["c"].missing()), reason="no C compiler is installed"
)
needs_emulator = pytest.mark.skipif(
    bool(run_module.DEVICES[EMULATED].missing()), reason="no C++ compiler is installed"
)


def run(program, device, **options):
    result = parse(read(program))
    request = Request(part=RunPart(device=device, **options))
    return run_module.run(result, first_function(result), request)


@pytest.mark.parametrize("device", ["llvm", pytest.param("c", marks=needs_c)])
def test_a_function_of_another_symbol_is_called_by_that(device):
    assert run(gpu_modules.OTHER_SYMBOL_ON_CPU, device).passed


EMULATED_MODULES = {
    "helper": gpu_modules.DEVICE_HELPER,
    "other symbols": gpu_modules.OTHER_SYMBOLS,
    "TIRx": gpu_modules.TIRX,
}


@needs_emulator
@pytest.mark.parametrize("name", EMULATED_MODULES)
def test_a_module_for_a_gpu_runs_on_the_emulator(name):
    outcome = run(EMULATED_MODULES[name], EMULATED, checked=True)
    assert outcome.passed
    assert outcome.reference.text() == "the NumPy reference"


@needs_emulator
def test_inline_ptx_is_named_where_it_stands_in_the_way():
    with pytest.raises(RunError, match="PTX"):
        run(gpu_modules.TIRX_COPIES, EMULATED, reference="def reference(A): return A")


@needs_emulator
@pytest.mark.parametrize("name", gpu_modules.HOST_ACCESSES)
def test_host_code_has_no_access_to_gpu_memory(name):
    text, said = gpu_modules.HOST_ACCESSES[name]
    with pytest.raises(RunError) as caught:
        run(text, EMULATED)
    assert said in caught.value.message
    assert "Did you forget to bind?" in caught.value.hint
    span = caught.value.span
    assert "# here" in text[span.start :].splitlines()[0]


@needs_emulator
def test_the_emulator_keeps_the_memory_of_host_and_device_apart():
    text, said = gpu_modules.HOST_ACCESSES["blocks"]
    mod = parse(read(text)).mod
    emulation = Emulation(lower(mod, "cuda", host="llvm"), ["A", "B", "C"])
    arrays = [np.zeros(64, "float32") for _ in range(3)]
    with pytest.raises(RunError, match=re.escape(said)):
        emulation["two"](*arrays)


DUMPED = """
@T.prim_func
def main(A: T.Buffer((128,), "float32"), B: T.Buffer((128,), "float32")):
    T.func_attr({"target": T.target({"kind": "cuda", "arch": "sm_90", "host": {"kind": "llvm"}})})
    for block in T.thread_binding(4, thread="blockIdx.x"):
        for thread in T.thread_binding(32, thread="threadIdx.x"):
            B[block * 32 + thread] = A[block * 32 + thread] + T.float32(1)

def reference(A):
    return A + 1
"""


@needs_emulator
def test_a_dump_with_a_target_of_its_own_runs_on_the_device_that_was_chosen():
    outcome = viz.run(DUMPED, device=EMULATED)
    assert outcome.passed
    (remark,) = (problem for problem in outcome.problems if problem.code == "own-target")
    assert "main has a target of its own, cuda" in remark.message
    with pytest.raises(RefusedError, match="names its own target"):
        viz.run(DUMPED, device="llvm")

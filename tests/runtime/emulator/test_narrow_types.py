"""The emulator's narrow floats and its dynamic shared memory."""

import ctypes

import numpy as np
import pytest

from tests.support.emulating import EmulatedProgram, program_of, run
from viz.runtime.emulator import library
from viz.runtime.toolchain import compile_object, compile_shared

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=library.missing())

OWN_HALF = """
#define EMULATOR_OWN_HALF
#include "emulator.h"
extern "C" __attribute__((visibility("default"))) void convert(
    const double* wide, unsigned short* bits, float* back, int count) {
  for (int i = 0; i < count; ++i) {
    const emulator::Half half(wide[i]);
    bits[i] = half.bits;
    back[i] = half;
  }
}
"""


def test_the_emulators_own_half_rounds_as_numpys():
    flags = ("-std=c++17", "-w", "-O2", "-fno-exceptions", "-fno-rtti")
    code = compile_object(OWN_HALF, "c++", flags=flags, includes=(library.RUNTIME,))
    objects = {"code": code, "runtime": library.runtime()}
    built = ctypes.CDLL(compile_shared("", "c", flags=("-lm",), objects=objects).path)
    every = np.arange(0x7C01, dtype="uint16").view("float16").astype("float64")
    ties = (every[:-1] + every[1:]) / 2
    near = [np.nextafter(ties, limit) for limit in (0, np.inf)]
    wide = np.concatenate([every, ties, *near, [65519.9, 65520, 1e300, np.nan]])
    wide = np.concatenate([wide, -wide])
    bits, back = np.zeros(len(wide), "uint16"), np.zeros(len(wide), "float32")
    built.convert(*(ctypes.c_void_p(array.ctypes.data) for array in (wide, bits, back)), len(wide))
    with np.errstate(over="ignore"):
        expected = wide.astype("float16")
    np.testing.assert_array_equal(bits.view("float16"), expected)
    np.testing.assert_array_equal(np.signbit(bits.view("float16")), np.signbit(expected))
    np.testing.assert_array_equal(back, expected.astype("float32"))


COMPARED = """
import ml_dtypes
import numpy as np

@T.prim_func(s_tir=True)
def main(A: T.Buffer((64,), "{0}"), B: T.Buffer((64,), "{0}"), C: T.Buffer((64,), "{0}")):
    for tx in T.thread_binding(64, thread="threadIdx.x"):
        C[tx] = T.if_then_else(A[tx] >= B[tx], -A[tx], B[tx])

def reference(A, B):
    return np.where(A >= B, -A, B)
"""


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_narrow_floats_are_compared(dtype):
    for checked in (False, True):
        assert run(COMPARED.format(dtype), checked=checked, order="forward").passed


DYNAMIC = """
import numpy as np

@T.prim_func
def main(A: T.Buffer((128,), "float32"), B: T.Buffer((128,), "float32")):
    for bx in T.thread_binding(2, thread="blockIdx.x"):
        for tx in T.thread_binding(64, thread="threadIdx.x"):
            S = T.alloc_buffer((64,), "float32", scope="shared.dyn")
            U = T.alloc_buffer((64,), "float16", scope="shared.dyn")
            S[tx] = A[bx * 64 + tx]
            U[tx] = T.Cast("float16", A[bx * 64 + tx])
            T.tvm_storage_sync("shared.dyn")
            B[bx * 64 + tx] = S[63 - tx] + T.Cast("float32", U[tx])

def reference(A):
    return A.reshape(2, 64)[:, ::-1].reshape(-1) + A.astype("float16").astype("float32")
"""


def test_dynamic_shared_memory_holds_several_buffers():
    program, low = program_of(DYNAMIC)
    for checked in (False, True):
        emulated = EmulatedProgram(program, low, checked=checked)
        assert "extern __shared__" in emulated.emulation.text
        assert emulated("forward")
        assert emulated("reversed")
        assert not emulated.emulation.findings

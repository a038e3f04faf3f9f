"""The emulator's narrow floats and its dynamic shared memory."""

import ctypes
from itertools import product

import ml_dtypes
import numpy as np
import pytest

from tests.support.emulating import EmulatedProgram, program_of, run
from tests.support.programs.thorough import usually
from viz.emulator import library
from viz.harness.toolchain import compile_object, compile_shared
from viz.model import Options, Request, RunPart
from viz.service.engine import dispatch

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))

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


FP8 = """
#include "emulator.h"
#include "cuda_fp8.h"
extern "C" __attribute__((visibility("default"))) void convert(
    const float* wide, unsigned char* bits, float* back, int count) {
  for (int i = 0; i < count; ++i) {
    const __nv_fp8_KIND narrow(wide[i]);
    bits[i] = narrow.__x;
    back[i] = static_cast<float>(narrow);
  }
}
"""


@pytest.mark.parametrize(("kind", "name"), [("e4m3", "float8_e4m3fn"), ("e5m2", "float8_e5m2")])
def test_floats_of_8_bits_round_as_numpys_and_saturate(kind, name):
    flags = ("-std=c++17", "-w", "-O2", "-fno-exceptions", "-fno-rtti")
    folders = (library.RUNTIME, library.RUNTIME / "include")
    code = compile_object(FP8.replace("KIND", kind), "c++", flags=flags, includes=folders)
    objects = {"code": code, "runtime": library.runtime()}
    built = ctypes.CDLL(compile_shared("", "c", flags=("-lm",), objects=objects).path)
    dtype = np.dtype(getattr(ml_dtypes, name))
    every = np.arange(0x80, dtype="uint8").view(dtype).astype("float32")
    every = every[np.isfinite(every)]
    ties = (every[:-1] + every[1:]) / 2
    wide = np.concatenate([every, ties, np.nextafter(ties, 0), np.nextafter(ties, 1e9), [np.nan]])
    wide = np.concatenate([wide, -wide, [1e9, -np.inf]]).astype("float32")
    bits, back = np.zeros(len(wide), "uint8"), np.zeros(len(wide), "float32")
    built.convert(*(ctypes.c_void_p(array.ctypes.data) for array in (wide, bits, back)), len(wide))
    expected = np.clip(wide, -every[-1], every[-1]).astype(dtype)
    np.testing.assert_array_equal(back, expected.astype("float32"))
    np.testing.assert_array_equal(bits.view(dtype).astype("float32"), expected.astype("float32"))


CONVERTED = """
@T.prim_func
def main(A: T.Buffer((256,), "{0}"), B: T.Buffer((256,), "float16"), C: T.Buffer((256,), "{0}")):
    for tx in T.thread_binding(64, thread="threadIdx.x"):
        for v in T.vectorized({1}):
            B[tx * {1} + v] = T.Cast("float16", A[tx * {1} + v]) * T.float16(2)
        for v in range(4):
            C[tx * 4 + v] = T.Cast("{0}", A[255 - tx * 4 - v])

def reference(A, B):
    twice = A.astype("float16") * np.float16(2)
    return np.where(np.arange(256) < {1} * 64, twice, B), A[::-1]
"""


@pytest.mark.parametrize(
    ("dtype", "lanes"),
    usually(
        product(("float8_e4m3fn", "float8_e5m2"), (1, 2, 4)),
        {("float8_e4m3fn", 1), ("float8_e5m2", 2), ("float8_e4m3fn", 4)},
    ),
)
def test_floats_of_8_bits_of_a_gpu_that_has_them(dtype, lanes):
    for checked in (False, True):
        part = RunPart(device="cuda-emulated", checked=checked)
        text = CONVERTED.format(dtype, lanes)
        outcome = dispatch.answer(
            Request(text=text, target="cuda", part=part, options=Options(arch="sm_90"))
        )
        assert outcome.passed, outcome.comparisons


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

"""The forms of kernels, warps as values and a fiber for each lane, compute the same bits."""

import re
from functools import cache

import numpy as np
import pytest

from tests.support.emulating import HEADERS, launch
from viz.emulator import forms, library, parallel
from viz.emulator.findings import Launched, read
from viz.emulator.forms import built, emulated
from viz.emulator.launch import launch_config, may_run_together
from viz.emulator.warps.blocks import block_axes
from viz.emulator.warps.form import QUICK
from viz.emulator.warps.parsing import functions

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))

KERNELS = {
    "nested": """
  if (t < 20) {
    if (t % 3 == 0) { out_ptr[t] = x_ptr[t] * 2.0f; } else { out_ptr[t] = x_ptr[t] + 1.0f; }
  } else {
    out_ptr[t] = x_ptr[(t - 1)];
  }""",
    "loops of their own": """
  float s = 0.0f;
  for (int k = 0; k < (t % 7); ++k) { s = (s + x_ptr[k] * 0x1.8p+0f); }
  out_ptr[t] = s;""",
    "leaves": """
  int k = 0;
  while (1) {
    if (!(k < 10)) { break; }
    k = k + 1;
    if ((t + k) % 5 == 0) { break; }
    if (k % 2 == 0) { continue; }
    out_ptr[t] = out_ptr[t] + x_ptr[k];
  }""",
    "returns": """
  if (t > 40) { out_ptr[t] = 3.0f; return; }
  for (int k = 0; k < 4; ++k) {
    if (k == t % 6) { return; }
    out_ptr[t] = out_ptr[t] + x_ptr[(t + k)];
  }
  out_ptr[t] = -out_ptr[t];""",
    "uniform loops": """
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 4; ++j) {
      if (j == 2) { continue; }
      if (i == 2) { break; }
      out_ptr[t] = out_ptr[t] + x_ptr[((i * 4) + j)] * (float)(t + 1);
    }
  }""",
    "lazy operands": """
  float a = (t > 0 && x_ptr[(t - 1)] > 0.0f) ? x_ptr[(t - 1)] : ((t < 5 || x_ptr[0] > 9.0f) ? 7.0f : 8.0f);
  out_ptr[t] = a;""",
    "divisions": """
  int d = t % 4;
  if (d != 0) { out_ptr[t] = (float)((t * 100) / d + (t * 100) % d); } else { out_ptr[t] = x_ptr[t] / 3.0f; }""",
    "arrays of the lanes": """
  alignas(64) float a_ptr[8];
  for (int k = 0; k < 8; ++k) { a_ptr[k] = x_ptr[(t + k)]; }
  a_ptr[(t & 7)] = 100.0f;
  float s = 0.0f;
  for (int k = 0; k < 8; ++k) { s = s + a_ptr[((k + t) & 7)] * x_ptr[k]; }
  out_ptr[t] = s;""",
    "arrays in common": """
  alignas(64) int step_ptr[1];
  step_ptr[0] = 16;
  float v = x_ptr[t];
  while (1) {
    if (!(1 <= step_ptr[0])) { break; }
    v = v + __shfl_xor_sync(0xffffffff, v, step_ptr[0], 32);
    step_ptr[0] = (step_ptr[0] >> 1);
  }
  out_ptr[t] = v;""",
    "vectors": """
  float4 v = *(float4*)(x_ptr + (t / 4 * 4));
  float4 w;
  w.x = v.w * v.x;
  w.y = v.z + (float)t;
  w.z = max(v.y, 0.5f);
  w.w = make_float2(v.x, 2.0f).y;
  if (t % 2 == 0) { *(float4*)(out_ptr + (t / 2 * 4)) = w; }""",
    "vectors in an array": """
  alignas(64) float a_ptr[8];
  *(float4*)(a_ptr + 0) = make_float4(1.0f, 2.0f, x_ptr[t], 4.0f);
  *(float2*)(a_ptr + 4) = *(float2*)(a_ptr + 1);
  out_ptr[t] = ((a_ptr[2] + a_ptr[4]) + a_ptr[5]);""",
    "parts of variables": """
  unsigned int bytes = *(unsigned int*)(x_ptr + t);
  uint4 words;
  words.x = (unsigned int)((reinterpret_cast<const unsigned char*>(&(bytes))[1]));
  words.w = (unsigned int)((reinterpret_cast<const unsigned char*>(&(bytes))[3]));
  unsigned int mixed;
  reinterpret_cast<unsigned char*>(&(mixed))[0] = (unsigned char)(words.x << 1);
  reinterpret_cast<unsigned char*>(&(mixed))[1] = (unsigned char)(words.w + (unsigned int)t);
  if (t % 3 == 1) { reinterpret_cast<unsigned char*>(&(mixed))[1] = (unsigned char)7; }
  *(unsigned short*)(&(words.y)) = *(unsigned short*)(&(mixed));
  float2 pair = make_float2(1.0f, 2.0f);
  ((int2*)(&(pair)))->y = t;
  out_ptr[t] = (float)(words.y & 65535u) + pair.y;""",
    "halves": """
  half h = __float2half_rn(x_ptr[t]);
  if (t < 13) { h = hexp(h) * (half)2.5f; }
  out_ptr[t] = (float)(h + (half)t);""",
    "functions": """
  out_ptr[t] = expf(x_ptr[t]) + powf(fabsf(x_ptr[t]), 1.5f) + fmaxf(x_ptr[t], sinf((float)t)) + rsqrtf((float)(t + 1));""",
    "shuffles": """
  float v = x_ptr[t];
  out_ptr[t] = __shfl_sync(0xffffffff, v, t / 2, 16) + __shfl_up_sync(0xffffffff, v, 3, 32)
    + __shfl_down_sync(0xffffffff, v, 5, 8) + __shfl_xor_sync(0xffffffff, v, 9, 16);""",
    "votes": """
  unsigned int b = __ballot_sync(0xffffffff, x_ptr[t] > 0.0f);
  out_ptr[t] = (float)(b >> (t & 31) & 1) + (float)(int)__any_sync(0xffffffff, t == 3)
    + 2.0f * (float)(int)__all_sync(0xffffffff, t < 40) + (float)__reduce_add_sync(0xffffffff, t);""",
    "groups": """
  int v = t;
  v = __shfl_xor_sync(t % 32 < 16 ? 0x0000ffff : 0xffff0000, v, 1, 32);
  out_ptr[t] = (float)v;""",
    "one warp alone": """
  int w = __shfl_sync((unsigned int)4294967295, (t >> 5), 0, 32);
  if (w == 1) { out_ptr[t] = __shfl_xor_sync(0xffffffff, x_ptr[t], 3, 32); }
  int n = (int)(threadIdx.x + threadIdx.y * blockDim.x + threadIdx.z * blockDim.x * blockDim.y);
  if (n / 32 == 0) { out_ptr[t] = out_ptr[t] + (float)__reduce_add_sync(0xffffffff, t); }
  out_ptr[t] = out_ptr[t] + x_ptr[((n >> 5) + w)];""",
    "barriers": """
  __shared__ alignas(64) float s_ptr[64];
  for (int k = 0; k < 3; ++k) {
    __syncthreads();
    if (t % 2 == k % 2) { s_ptr[t] = x_ptr[(t + k)]; s_ptr[(t ^ 1)] = (float)k; }
    __syncthreads();
    out_ptr[t] = out_ptr[t] * 2.0f + s_ptr[(63 - t)];
  }
  out_ptr[t] = out_ptr[t] + (float)__syncthreads_count(t < 9);""",
    "dynamic shared memory": """
  extern __shared__ char buf[];
  ((float*)buf)[(63 - t)] = x_ptr[t];
  __syncthreads();
  out_ptr[t] = ((float*)buf)[t];""",
    "atomics": """
  atomicAdd((&(out_ptr[(t % 3)])), 1.0f);
  if (t % 2 == 1) { atomicMax((int*)(out_ptr + 60), t); }""",
    "lockstep": """
  __shared__ alignas(64) float s_ptr[64];
  ((volatile float*)s_ptr)[t] = x_ptr[t];
  __syncthreads();
  if (t % 32 < 16) {
    ((volatile float*)s_ptr)[t] = ((volatile float*)s_ptr)[t] + ((volatile float*)s_ptr)[(t + 16)];
    ((volatile float*)s_ptr)[t] = ((volatile float*)s_ptr)[t] + ((volatile float*)s_ptr)[(t + 8)];
  }
  out_ptr[t] = ((volatile float*)s_ptr)[t];""",
    "wide integers": """
  int64_t a = (int64_t)t * (int64_t)3000000000;
  unsigned int b = (unsigned int)t * 3000000000u;
  unsigned char c = (unsigned char)(t * 9);
  out_ptr[t] = (float)(a >> 20) + (float)(b % 1000u) + (float)c + (float)(~t ^ 5) + (float)!t;""",
    "a block that is no multiple of a warp": """
  float v = x_ptr[t];
  if (t < 50) { out_ptr[t] = v + (float)__popc(__activemask()); }""",
}
"""Bodies of kernels with the arrays ``x`` and ``out`` of 64 floats and the thread's index ``t``."""

SHORT_BLOCK = "a block that is no multiple of a warp"


def written(body):
    """Return statements one a line, as the codegen writes them."""
    text, depth = "", 0
    for character in re.sub(r"\s+", " ", body):
        depth += {"(": 1, ")": -1}.get(character, 0)
        before = "\n" if character == "}" else ""
        after = "\n" if character in "{};" and not depth else ""
        text += before + character + after
    lines = [line.strip() for line in text.split("\n")]
    return "\n".join(f"  {line}" for line in lines if line).replace("}\n  else", "} else")


def kernels_text():
    """Return all kernels as one text: each form is compiled once."""
    parts = [
        f'extern "C" __global__ void k{number}(float* __restrict__ x_ptr, float* __restrict__ out_ptr) {{\n'
        f"  int t = ((int)threadIdx.x);\n{written(body)}\n}}"
        for number, body in enumerate(KERNELS.values())
    ]
    return HEADERS + "\n".join(parts) + "\n"


@cache
def compiled(*, checked, warps):
    """Return all kernels in one form."""
    return built(kernels_text(), checked=checked, warps=warps)


def outcomes(*, checked, warps, order="forward"):
    """Return, of each kernel by its name, what it wrote and the kinds of what was found."""
    translation, loaded, _ = compiled(checked=checked, warps=warps)
    x = np.random.default_rng(0).standard_normal(80).astype("float32")
    results = {}
    for number, name in enumerate(KERNELS):
        kernel = translation.kernels[f"k{number}"]
        out = np.zeros(160, "float32")
        loaded.emulator_forget_regions()
        for array, label in ((x, b"x"), (out, b"out")):
            loaded.emulator_region(array.ctypes.data, array.nbytes, label, 1)
        extents = {"threadIdx.x": 60 if name == SHORT_BLOCK else 64, "use_dyn_shared_memory": 256}
        config = launch_config(translation, kernel, extents, order=order)
        arguments = [x.ctypes.data, out.ctypes.data]
        finished = library.KernelLaunch(loaded, kernel)(arguments, config)
        launched = Launched(kernel.name, (1, 1, 1), (64, 1, 1))
        found = {finding.kind for finding in read(loaded, launched, {})}
        results[name] = finished, out.tobytes(), found
    return translation, results


@pytest.mark.parametrize("checked", [False, True], ids=["fast", "checked"])
def test_masks_say_what_lanes_do(checked):
    _, expected = outcomes(checked=checked, warps=False)
    for order in ("forward", "reversed", "shuffled"):
        translation, results = outcomes(checked=checked, warps=True, order=order)
        assert not {why.id for why in translation.fibers.values()} - {QUICK}
        wrong = [name for name in KERNELS if results[name] != expected[name]]
        assert not wrong
    assert not [name for name, (finished, _, found) in expected.items() if found or not finished]


INDEPENDENT = """
extern "C" __global__ void main_kernel(float* __restrict__ x_ptr, float* __restrict__ out_ptr) {
  int at = ((int)blockIdx.x) * 32 + ((int)threadIdx.x);
  int row = ((int)blockIdx.y) * 32 + at;
  STATEMENT
}
"""


@pytest.mark.parametrize(
    ("statement", "axes"),
    [
        ("out_ptr[at] = x_ptr[7];", "x"),
        ("out_ptr[row] = x_ptr[at];", "xy"),
        ("out_ptr[0] = x_ptr[at];", ""),
        ("*(float4*)(out_ptr + row) = *(float4*)(x_ptr + 4);", "xy"),
        ("out_ptr[at] = out_ptr[at] + x_ptr[row];", "x"),
        ("out_ptr[at] = out_ptr[((int)threadIdx.x)];", ""),
        ("float s = x_ptr[at];", "xyz"),
        ("atomicAdd((&(out_ptr[at])), 1.0f);", None),
        ("float* p = out_ptr;", None),
    ],
)
def test_blocks_run_at_the_same_time_where_each_writes_its_own(statement, axes):
    text = INDEPENDENT.replace("STATEMENT", statement)
    tree = functions(text, frozenset(["main_kernel"]))["main_kernel"]
    assert block_axes(tree, text) == (None if axes is None else frozenset(axes))


def test_two_copies_of_a_library_run_the_blocks(monkeypatch):
    text = INDEPENDENT.replace("STATEMENT", "out_ptr[at] = x_ptr[at] * 2.0f;")
    monkeypatch.setattr(forms, "can_run_in_parallel", lambda: True)
    monkeypatch.setattr(parallel, "WORTH_SECONDS", 0.0)
    translation, first, second = built(HEADERS + text, checked=False)
    (kernel,) = translation.kernels.values()
    assert second is not None
    x, out = np.arange(320, dtype="float32"), np.zeros(320, "float32")
    arguments = [x.ctypes.data, out.ctypes.data]
    extents = {"blockIdx.x": 10, "threadIdx.x": 32}
    config = launch_config(translation, kernel, extents)
    assert may_run_together(translation, kernel, config)
    assert not may_run_together(
        translation, kernel, launch_config(translation, kernel, extents | {"blockIdx.y": 2})
    )
    assert not may_run_together(
        translation, kernel, launch_config(translation, kernel, extents, order="reversed")
    )
    launches = [library.KernelLaunch(copy, kernel) for copy in (first, second)]
    assert parallel.ParallelLaunch(*launches)(arguments, config)
    np.testing.assert_array_equal(out, x * 2)


def test_large_arrays_of_the_lanes_have_a_stack():
    text = """
extern "C" __global__ void main_kernel(float* __restrict__ x_ptr, float* __restrict__ out_ptr) {
  alignas(64) float a_ptr[20000];
  for (int k = 0; k < 20000; ++k) {
    a_ptr[k] = x_ptr[((int)threadIdx.x)];
  }
  out_ptr[((int)threadIdx.x)] = a_ptr[19999];
}
"""
    x, out = np.arange(32, dtype="float32"), np.zeros(32, "float32")
    assert not launch(text, x, out, checked=True)
    np.testing.assert_array_equal(out, x)


DIVERGENT = """
extern "C" __global__ void main_kernel(int* __restrict__ out_ptr) {
  if (((int)threadIdx.x) < 16) {
    BODY
  }
}
"""


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("__syncwarp(0xffff); out_ptr[0] = 1;", "warps-branch"),
        (
            "nvcuda::wmma::fragment<nvcuda::wmma::accumulator, 16, 16, 16, float> c[32];"
            "nvcuda::wmma::fill_fragment(c[((int)threadIdx.x)], 0x0p+0f);",
            "warps-construct",
        ),
        ("goto end; end: out_ptr[0] = 1;", "warps-construct"),
    ],
)
def test_a_kernel_that_masks_do_not_say_keeps_fibers(body, why):
    text = HEADERS + DIVERGENT.replace("BODY", body)
    translation = emulated(text, checked=True)
    assert not translation.warps
    assert [reason.id for reason in translation.fibers.values()] == [why]


def test_a_barrier_for_one_warp_alone_is_the_same_mistake_in_each_form():
    text = DIVERGENT.replace("BODY", "__syncthreads();").replace(
        "  if (((int)threadIdx.x) < 16)",
        "  int w = __shfl_sync(0xffffffff, (((int)threadIdx.x) >> 5), 0, 32);\n  if (w == 0)",
    )
    assert emulated(HEADERS + text, checked=True).warps
    for warps in (False, True):
        (finding,) = launch(text, np.zeros(4, "int32"), block=(64, 1, 1), warps=warps)
        assert finding.message == (
            "thread (0, 0, 0) of block (0, 0, 0) waits at __syncthreads at line 9, "
            "thread (32, 0, 0) has finished: 32 of the 64 threads of the block are at a barrier"
        )


MASK = "lane 16 is not in the mask 0x0000ffff that it passes"


@pytest.mark.parametrize("warps", [False, True], ids=["fibers", "warps"])
@pytest.mark.parametrize(
    ("body", "kind", "detail"),
    [
        ("out_ptr[(t + 40)] = t;", "bounds", ""),
        ("alignas(64) int a_ptr[4]; out_ptr[t] = a_ptr[(t & 3)];", "uninitialised", "a[0]"),
        ("alignas(64) int a_ptr[4]; a_ptr[0] = 1; out_ptr[t] = a_ptr[(t + 1 & 7)];", "bounds", ""),
        ("out_ptr[(t / 2)] = t;", "race", ""),
        ("out_ptr[t] = t * 1000000000;", "overflow", "3 * 1000000000 in 32 bits"),
        ("int x; if (t < 9) { x = 1; } out_ptr[t] = __shfl_sync(0xffff, t, 3, 32);", "warp", MASK),
    ],
)
def test_both_forms_find_a_mistake(body, kind, detail, warps):
    text = (
        'extern "C" __global__ void main_kernel(int* __restrict__ out_ptr) {\n'
        f"  int t = ((int)threadIdx.x);\n{written(body)}\n}}"
    )
    findings = launch(text, np.zeros(64, "int32"), checked=True, warps=warps)
    found = [(finding.kind, finding.detail) for finding in findings]
    assert (kind, detail) in found
    lines = (HEADERS + text).split("\n")
    first = findings[0]
    assert "out_ptr[" in lines[first.sites[0].line - 1]

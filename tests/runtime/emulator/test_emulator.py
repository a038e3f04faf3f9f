"""Correct CUDA texts on the emulator: outputs are right and there are no findings."""

import re
from random import Random

import ml_dtypes
import numpy as np
import pytest
import tvm

import viz
from tests.support.emulating import (
    EmulatedProgram,
    assert_same_in_fibers,
    launch,
    lowered,
    program_of,
)
from tests.support.programs.examples import EXAMPLES, parsed
from tests.support.programs.outputs import outputs
from tests.support.programs.random_programs import Writer
from tests.support.programs.thorough import VARIED, usually
from viz.codegen import emit
from viz.emulator import library
from viz.emulator.instrument import instrument
from viz.emulator.translate import translate
from viz.errors import LoweringError, RequestError, RunError
from viz.model import Options
from viz.passes import pipeline, targets

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))

# ---------------------------------------------------------------- schedules


@pytest.mark.parametrize("checked", [False, True], ids=["fast", "checked"])
@pytest.mark.parametrize("name", usually(EXAMPLES, VARIED))
def test_every_example_with_a_cuda_text_is_right_in_both_orders(name, checked):
    try:
        low = lowered(name)
    except LoweringError:
        pytest.skip("no default schedule fits it, so there is no CUDA text")
    run = EmulatedProgram(parsed(name), low, checked=checked)
    assert run("reversed")
    assert run("forward")
    assert not run.emulation.findings
    assert not run.emulation.remarks()  # such as that a kernel keeps fibers
    assert_same_in_fibers(name, run, low, checked=checked)


GEMV = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((96, 256), "float16"), x: T.Buffer((256,), "float16"),
         y: T.Buffer((96,), "float16")):
    for i, k in T.grid(96, 256):
        with T.sblock("gemv"):
            vi, vk = T.axis.remap("SR", [i, k])
            with T.init():
                y[vi] = T.float16(0)
            y[vi] = y[vi] + A[vi, vk] * x[vk]

def reference(A, x):
    return A.astype("float32") @ x.astype("float32")
"""
TRANSPOSE = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((96, 64), "float32"), B: T.Buffer((64, 96), "float32")):
    for i, j in T.grid(64, 96):
        with T.sblock("transpose"):
            vi, vj = T.axis.remap("SS", [i, j])
            B[vi, vj] = A[vj, vi]

def reference(A):
    return A.T
"""
TENSOR_CORES = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((128, 128), "float16"), B: T.Buffer((128, 128), "float16"),
         C: T.Buffer((128, 128), "float16")):
    for i, j, k in T.grid(128, 128, 128):
        with T.sblock("matmul"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                C[vi, vj] = T.float16(0)
            C[vi, vj] = C[vi, vj] + A[vi, vk] * B[vj, vk]

def reference(A, B):
    return A.astype("float32") @ B.astype("float32").T
"""


def scheduled(text, rule):
    """Return a program scheduled by one of dlight's rules, and lowered."""
    program, _ = program_of(text)
    with targets.target_of("cuda"):
        mod = tvm.IRModule(dict(program.mod.functions.items()), attrs=program.mod.attrs)
        mod = tvm.s_tir.dlight.ApplyDefaultSchedule(rule())(mod)
    return program, pipeline.lower(mod, "cuda", Options(), host="llvm")


@pytest.mark.parametrize(
    ("text", "rule", "sign"),
    [
        (GEMV, tvm.s_tir.dlight.gpu.GEMV, "__shfl_down_sync"),
        (TRANSPOSE, tvm.s_tir.dlight.gpu.Transpose, "__shared__"),
        (TENSOR_CORES, tvm.s_tir.dlight.gpu.Matmul, "nvcuda::wmma::mma_sync"),
    ],
    ids=["gemv", "transpose", "tensor_cores"],
)
def test_schedules_of_dlight_that_no_example_has(text, rule, sign):
    program, low = scheduled(text, rule)
    for checked in (False, True):
        run = EmulatedProgram(program, low, checked=checked)
        assert sign in run.emulation.text
        assert run("forward")
        assert run("reversed")
        assert run("shuffled")
        assert not run.emulation.findings
        if checked or "_sync(" in sign:
            assert run.emulation.translation.warps
            fibers = EmulatedProgram(program, low, checked=checked, warps=False)
            assert fibers()
            assert fibers.outputs == run.outputs


SEVERAL_KERNELS = """
@T.prim_func
def main(a: T.handle, b: T.handle):
    n = T.int32()
    A = T.match_buffer(a, (n,), "float32")
    B = T.match_buffer(b, (n,), "float32")
    S = T.alloc_buffer((n,), "float32")
    for bx in T.thread_binding((n + 63) // 64, thread="blockIdx.x"):
        for tx in T.thread_binding(64, thread="threadIdx.x"):
            if bx * 64 + tx < n:
                S[bx * 64 + tx] = A[bx * 64 + tx] * T.float32(2)
    for bx in T.thread_binding((n + 63) // 64, thread="blockIdx.x"):
        for tx in T.thread_binding(64, thread="threadIdx.x"):
            if bx * 64 + tx < n:
                B[bx * 64 + tx] = S[n - 1 - bx * 64 - tx]

SIZES = {"n": 200}
def reference(A):
    return A[::-1] * 2
"""


def test_kernels_share_memory_that_the_host_allocates():
    program, low = program_of(SEVERAL_KERNELS)
    for checked in (False, True):
        run = EmulatedProgram(program, low, checked=checked)
        assert run()
        assert not run.emulation.findings
    # The first kernel leaves the last of it unwritten, and the second reads that.
    text = run.emulation.text.replace("threadIdx.x)) < n", "threadIdx.x)) < n - 8", 1)
    assert text != run.emulation.text
    run = EmulatedProgram(program, low, checked=True, text=text)
    run()
    (finding,) = run.emulation.findings
    assert finding.kind == "uninitialised"
    assert finding.detail.startswith("S[")


def in_one_thread(text: str) -> str:
    """Return a random program whose body runs in one GPU thread."""
    lines = text.rstrip("\n").split("\n")
    first = 1 + next(i for i, line in enumerate(lines) if line.endswith(":"))
    while re.match(r" +(\w+ = T\.(match_buffer|int\d\d\(\))|T\.func_attr)", lines[first]):
        first += 1
    thread = '    for tx in T.thread_binding(1, thread="threadIdx.x"):'
    return "\n".join([*lines[:first], thread, *(f"    {line}" for line in lines[first:]), ""])


def test_random_programs_compute_what_llvm_computes():
    compared = 0
    for seed in range(6):
        text = Writer(Random(seed).randint, exact=True).function()
        expected = outputs(text, "llvm")
        try:
            actual = outputs(in_one_thread(text), "cuda-emulated")
        except (LoweringError, RunError):
            continue  # the codegen refuses it, or writes assertions, which no kernel supports
        compared += 1
        for name, value in actual.items():
            np.testing.assert_array_equal(value, expected[name], err_msg=f"{seed}: {name}")
    assert compared >= 3


# ---------------------------------------------------------------- hand-written CUDA


LANES = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((128,), "int8"), B: T.Buffer((128,), "int8")):
    for tx in T.thread_binding(32, thread="threadIdx.x"):
        for v in T.vectorized(4):
            B[tx * 4 + v] = T.max(A[tx * 4 + v], T.int8(3))

def reference(A):
    return np.maximum(A, 3)
"""
SUM = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((128,), "float32"), B: T.Buffer((1,), "float32")):
    for bx in T.thread_binding(2, thread="blockIdx.x"):
        for tx in T.thread_binding(64, thread="threadIdx.x"):
            T.evaluate(T.cuda.atomic_add(T.address_of(B[0]), A[bx * 64 + tx]))

def reference(A, B):
    return B + A.sum()
"""


@pytest.mark.parametrize("checked", [False, True], ids=["fast", "checked"])
@pytest.mark.parametrize("text", [LANES, SUM], ids=["lanes of int8", "atomic_add"])
def test_vectors_and_atomics_run_in_both_modes(text, checked):
    outcome = viz.run("import numpy as np\n" + text, "cuda-emulated", checked=checked)
    assert outcome.passed
    assert not outcome.findings


def test_an_unknown_order_is_refused():
    with pytest.raises(RequestError, match="no order named 'sideways'"):
        viz.run(LANES, "cuda-emulated", order="sideways")


def test_votes_and_barriers_that_count():
    text = """
extern "C" __global__ void main_kernel(int* __restrict__ out_ptr) {
  int lane = ((int)threadIdx.x) & 31;
  out_ptr[((int)threadIdx.x)] = (int)__ballot_sync(0xffffffff, lane < 3);
  out_ptr[(((int)threadIdx.x) + 64)] = __any_sync(0xffffffff, lane == 40) + 2 * __all_sync(0xffffffff, lane < 32);
  out_ptr[(((int)threadIdx.x) + 128)] = __syncthreads_count(((int)threadIdx.x) < 40);
  out_ptr[(((int)threadIdx.x) + 192)] = __syncthreads_and(((int)threadIdx.x) < 64) + 2 * __syncthreads_or(((int)threadIdx.x) > 64);
}
"""
    for checked in (False, True):
        out = np.zeros(256, "int32")
        assert not launch(text, out, block=(64, 1, 1), checked=checked)
        assert [set(out[i : i + 64]) for i in (0, 64, 128, 192)] == [{7}, {2}, {40}, {1}]


def test_shuffles_stay_in_their_width():
    text = """
extern "C" __global__ void main_kernel(int* __restrict__ out_ptr) {
  int lane = ((int)threadIdx.x);
  out_ptr[lane] = __shfl_sync(0xffffffff, lane, 3, 8);
  out_ptr[(lane + 32)] = __shfl_up_sync(0xffffffff, lane, 1, 16);
  out_ptr[(lane + 64)] = __shfl_down_sync(0xffffffff, lane, 1, 16);
  out_ptr[(lane + 96)] = __shfl_xor_sync(0xffffffff, lane, 5, 32);
}
"""
    lane = np.arange(32)
    expected = [
        lane // 8 * 8 + 3,
        np.where(lane % 16 == 0, lane, lane - 1),
        np.where(lane % 16 == 15, lane, lane + 1),
        lane ^ 5,
    ]
    for checked in (False, True):
        out = np.zeros((4, 32), "int32")
        assert not launch(text, out, checked=checked)
        np.testing.assert_array_equal(out, expected)


def test_a_shuffled_value_is_as_initialised_as_its_source():
    text = """
extern "C" __global__ void main_kernel(int* __restrict__ out_ptr) {
  alignas(64) int x_ptr[1];
  if (((int)threadIdx.x) < 1) {
    x_ptr[0] = 7;
  }
  out_ptr[((int)threadIdx.x)] = __shfl_sync(0xffffffff, x_ptr[0], 0, 32);
}
"""
    out = np.zeros(32, "int32")
    assert not launch(text, out, checked=True)
    assert set(out) == {7}
    (finding,) = launch(text.replace("x_ptr[0], 0, 32", "x_ptr[0], 1, 32"), out, checked=True)
    assert finding.kind == "uninitialised"
    assert finding.detail == "x[0]"


def test_atomics_race_only_with_plain_accesses():
    text = """
extern "C" __global__ void main_kernel(float* __restrict__ sum_ptr) {
  atomicAdd((&(sum_ptr[0])), 1.0f);
  atomicMax((int*)(sum_ptr + 1), ((int)threadIdx.x));
}
"""
    for checked in (False, True):
        out = np.zeros(2, "float32")
        assert not launch(text, out, grid=(3, 1, 1), checked=checked)
        assert out[0] == 96
        assert out.view("int32")[1] == 31
    (finding,) = launch(
        text.replace("atomicAdd((&(sum_ptr[0])), 1.0f)", "sum_ptr[0] = 1.0f"), out, checked=True
    )
    assert finding.kind == "race"


def test_bfloat16_and_vectors():
    text = """
extern "C" __global__ void main_kernel(nv_bfloat16* __restrict__ A_ptr, float* __restrict__ B_ptr) {
  nv_bfloat16 x = A_ptr[((int)threadIdx.x)];
  A_ptr[((int)threadIdx.x)] = ((nv_bfloat16)(((float)A_ptr[((int)threadIdx.x)]) * 3.000000e+00f)) + hexp(x);
  float4 v_ = *(float4*)(B_ptr + (((int)threadIdx.x) * 4));
  float4 __1;
  __1.x = (v_.x+v_.w);
  __1.y = (v_.y*2.0f);
  __1.z = max(v_.z, v_.x);
  __1.w = rsqrtf(fabsf(v_.w));
  *(float4*)(B_ptr + (((int)threadIdx.x) * 4)) = __1;
}
"""
    random = np.random.default_rng(0)
    for checked in (False, True):
        a = random.standard_normal(32).astype(ml_dtypes.bfloat16)
        b = random.standard_normal((32, 4)).astype("float32")
        f = a.astype("float32")
        expected = (f * 3).astype(ml_dtypes.bfloat16) + np.exp(f).astype(ml_dtypes.bfloat16)
        x, y, z, w = b.T
        wide = np.stack([x + w, y * 2, np.maximum(z, x), 1 / np.sqrt(np.abs(w))], 1)
        assert not launch(text, a, b, checked=checked)
        np.testing.assert_array_equal(a, expected)
        np.testing.assert_allclose(b, wide, rtol=1e-6)


def test_bfloat16_is_converted_from_every_type():
    kinds = ["float16", "float64", "int8", "uint16", "int64", "uint64"]
    parameters = ", ".join(f'A{i}: T.Buffer((32,), "{kind}")' for i, kind in enumerate(kinds))
    casts = " + ".join(f'T.Cast("bfloat16", A{i}[tx])' for i in range(len(kinds)))
    text = f"""
import ml_dtypes
@T.prim_func
def main({parameters}, B: T.Buffer((32,), "bfloat16")):
    for tx in T.thread_binding(32, thread="threadIdx.x"):
        B[tx] = {casts}

def reference({", ".join(f"A{i}" for i in range(len(kinds)))}):
    return {" + ".join(f"A{i}.astype(ml_dtypes.bfloat16)" for i in range(len(kinds)))}
"""
    program, low = program_of(text)
    for checked in (False, True):
        assert EmulatedProgram(program, low, checked=checked)()


@pytest.mark.parametrize("name", ["matmul_gpu", "softmax", "dequantize_q4f16", "two_functions"])
def test_translations_keep_lines_and_fast_ones_keep_text(name):
    low = lowered(name)
    text = emit.write(low.devices[next(iter(low.devices))], next(iter(low.devices)))
    lines = text.split("\n")
    fast = translate(text).text.split("#line 1\n")[1].split("\n")
    changed = [(new, old) for new, old in zip(fast, lines, strict=False) if new != old]
    entered = [new for new, old in changed if new == f"{old} EMULATOR_ENTER"]
    stepped = [(new, old) for new, old in changed if new not in entered]
    assert len(entered) == len(translate(text).functions)
    # Only volatile accesses are in lockstep; a store in lockstep keeps its target and value.
    assert all("(volatile " in old and "EMULATOR_STEP; " in new for new, old in stepped)
    store = re.compile(r"EMULATOR_STORE\((.*?\]), (.*)\);$")
    plain = [
        (store.sub(r"\1 = \2;", new.replace("EMULATOR_STEP; ", "")), old) for new, old in stepped
    ]
    assert all(new == old for new, old in plain)
    checked = instrument(text).text.split("#line 1\n")[1].split("\n")
    for number, (new, old) in enumerate(zip(checked, lines, strict=False), 1):
        statement = re.match(r"EMULATOR_AT\((\d+)\);", new)
        assert not statement or int(statement[1]) == number
        assert (
            new.startswith(old) or statement or "emulator::" in new or "EMULATOR_" in new or not new
        )
    assert len(checked) == len(fast)

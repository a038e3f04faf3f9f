"""Tensor core fragments: the two forms of a kernel agree, bit by bit and mistake by mistake."""

import random
from functools import cache

import ml_dtypes
import numpy as np
import pytest

from tests.support.emulating import HEADERS, launch
from tests.support.programs.thorough import usually
from viz.emulator import library
from viz.emulator.cost.meter import CostMeter
from viz.emulator.findings import Launched, read
from viz.emulator.forms import built, emulated
from viz.emulator.launch import launch_config
from viz.model import Figures

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))

SHAPES = [(16, 16, 16), (8, 32, 16), (32, 8, 16)]
TYPES = [
    ("half", "float"),
    ("half", "half"),
    ("nv_bfloat16", "float"),
    ("signed char", "int"),
    ("unsigned char", "int"),
    ("double", "double"),
]
"""Types of factors, and of the sums of their products."""
ARRAYS = {
    "half": np.float16,
    "float": np.float32,
    "nv_bfloat16": ml_dtypes.bfloat16,
    "signed char": np.int8,
    "unsigned char": np.uint8,
    "int": np.int32,
    "double": np.float64,
}
ROOM = 4096
"""Elements of each array."""


def kernel_of(number):
    """Return a random kernel of two products, with the types of its arrays."""
    chosen = random.Random(number)
    source, total = TYPES[number % len(TYPES)]
    m, n, k = (8, 8, 4) if source == "double" else chosen.choice(SHAPES)
    layouts = {name: chosen.choice(["row_major", "col_major"]) for name in ("a", "b", "loaded")}
    layouts["stored"] = chosen.choice(["row_major", "col_major"])
    step = chosen.choice([32, 40])

    def fragment(use, kind, layout=""):
        return f"nvcuda::wmma::fragment<nvcuda::wmma::{use}, {m}, {n}, {k}, {kind}{layout}>"

    def operand(name, layout):
        return fragment(f"matrix_{name}", source, f", nvcuda::wmma::{layout}")

    at = "((int)threadIdx.x) / 32"
    body = f"""
  {operand("a", layouts["a"])} a[2];
  {operand("b", layouts["b"])} b[2];
  {fragment("accumulator", total)} c[2];
  __shared__ alignas(64) {source} s_ptr[2560];
  for (int i = 0; i < 40; ++i) {{
    s_ptr[((i * 64) + ((int)threadIdx.x))] = B_ptr[((i * 64) + ((int)threadIdx.x))];
  }}
  __syncthreads();
  nvcuda::wmma::fill_fragment(c[0], 2);
  nvcuda::wmma::load_matrix_sync(c[1], (&(C_ptr[(({at}) * 2048)])), {step}, nvcuda::wmma::mem_{layouts["loaded"]});
  for (int i = 0; i < 2; ++i) {{
    nvcuda::wmma::load_matrix_sync(a[i], (&(A_ptr[(({at}) * 2048 + (i * 128))])), {step});
    nvcuda::wmma::load_matrix_sync(b[(1 - i)], (&(s_ptr[(i * 64)])), {step});
  }}
  for (int i = 0; i < 2; ++i) {{
    nvcuda::wmma::mma_sync(c[i], a[(1 - i)], b[i], c[i]);
    nvcuda::wmma::mma_sync(c[1], a[i], b[i], c[i]);
  }}
  if (({at}) == {chosen.choice([0, 1])}) {{
    nvcuda::wmma::mma_sync(c[1], a[0], b[0], c[0]);
  }}
  nvcuda::wmma::store_matrix_sync((&(C_ptr[(({at}) * 2048)])), c[1], {step}, nvcuda::wmma::mem_{layouts["stored"]});"""
    parameters = (
        f"{source}* __restrict__ A_ptr, {source}* __restrict__ B_ptr, {total}* __restrict__ C_ptr"
    )
    text = f'extern "C" __global__ void k{number}({parameters}) {{{body}\n}}\n'
    return text, (source, source, total)


COUNT = len(TYPES)
"""Kernels that are compiled together: one of each type."""


@cache
def compiled(first, *, checked, warps):
    """Return random kernels in one form."""
    numbers = range(first, first + COUNT)
    text = HEADERS + "".join(kernel_of(number)[0] for number in numbers)
    return built(text, checked=checked, warps=warps)


def values(kinds):
    """Return arrays of these types with every kind of value."""
    generator = np.random.default_rng(0)
    arrays = []
    for kind in kinds:
        dtype = ARRAYS[kind]
        if np.issubdtype(dtype, np.integer):
            info = np.iinfo(dtype)
            arrays.append(generator.integers(info.min, info.max, ROOM, dtype, endpoint=True))
        else:
            arrays.append(generator.standard_normal(ROOM).astype(dtype))
    return arrays


@pytest.mark.parametrize("number", usually(range(2 * COUNT), range(COUNT)))
def test_random_products_are_the_same_in_each_form(number):
    _, kinds = kernel_of(number)
    results = set()
    for checked in (False, True):
        for warps in (False, True):
            translation, loaded, _ = compiled(number // COUNT * COUNT, checked=checked, warps=warps)
            assert len(translation.warps) == (COUNT if warps else 0)
            kernel = translation.kernels[f"k{number}"]
            arrays = values(kinds)
            loaded.emulator_forget_regions()
            for name, array in zip("ABC", arrays, strict=True):
                loaded.emulator_region(array.ctypes.data, array.nbytes, name.encode(), 1)
            config = launch_config(translation, kernel, {"threadIdx.x": 64}, order="shuffled")
            addresses = [array.ctypes.data for array in arrays]
            assert library.KernelLaunch(loaded, kernel)(addresses, config)
            assert not read(loaded, Launched(kernel.name, (1, 1, 1), (64, 1, 1)), {})
            results.add(arrays[2].tobytes())
    assert len(results) == 1
    assert results != {values(kinds)[2].tobytes()}


FRAGMENTS = """
extern "C" __global__ void main_kernel(half* __restrict__ A_ptr, half* __restrict__ B_ptr, {out}* __restrict__ C_ptr) {{
  nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, {m}, {n}, {k}, half, nvcuda::wmma::row_major> a[1];
  nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, {m}, {n}, {k}, half, nvcuda::wmma::col_major> b[1];
  nvcuda::wmma::fragment<nvcuda::wmma::accumulator, {m}, {n}, {k}, {out}> c[1];
  nvcuda::wmma::fill_fragment(c[0], 0x0p+0f);
  nvcuda::wmma::load_matrix_sync(a[0], (&(A_ptr[0])), {k});
  nvcuda::wmma::load_matrix_sync(b[0], (&(B_ptr[0])), {k});
  nvcuda::wmma::mma_sync(c[0], a[0], b[0], c[0]);
  nvcuda::wmma::store_matrix_sync((&(C_ptr[0])), c[0], {n}, nvcuda::wmma::mem_row_major);
}}
"""


@pytest.mark.parametrize("out", ["float", "half"])
@pytest.mark.parametrize("shape", SHAPES)
def test_tensor_core_tiles(shape, out):
    m, n, k = shape
    text = FRAGMENTS.format(m=m, n=n, k=k, out=out)
    generator = np.random.default_rng(0)
    a, b = (generator.standard_normal(shape).astype("float16") for shape in ((m, k), (n, k)))
    c = np.zeros((m, n), {"float": "float32", "half": "float16"}[out])
    checked = shape == (16, 16, 16)
    assert not launch(text, a, b, c, checked=checked)
    expected = a.astype("float32") @ b.astype("float32").T
    np.testing.assert_allclose(c, expected, rtol=1e-2, atol=1e-2)
    if checked and out == "float":
        unfilled = text.replace("nvcuda::wmma::fill_fragment(c[0], 0x0p+0f);", "")
        (finding,) = launch(unfilled, a, b, c, checked=True)
        assert finding.kind == "uninitialised"


def test_integer_sums_wrap_around():
    # 16 products of -128 * -128 added to the largest int: 2**31 - 1 + 2**18 is beyond it.
    text = PRODUCT.replace("half", "signed char").replace("float", "int")
    text = text.replace("0x0p+0f", "2147483647")
    a = np.full((16, 16), -128, "int8")
    for warps in (False, True):
        c = np.zeros((16, 16), "int32")
        assert not launch(text, a, a, c, block=(64, 1, 1), checked=True, warps=warps)
        assert np.unique(c).tolist() == [2**31 - 1 + 2**18 - 2**32]


PRODUCT = """
extern "C" __global__ void main_kernel(half* __restrict__ A_ptr, half* __restrict__ B_ptr, float* __restrict__ C_ptr) {
  nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, 16, 16, 16, half, nvcuda::wmma::row_major> a[1];
  nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, 16, 16, 16, half, nvcuda::wmma::row_major> b[1];
  nvcuda::wmma::fragment<nvcuda::wmma::accumulator, 16, 16, 16, float> c[1];
  __shared__ alignas(64) half s_ptr[256];
  for (int i = 0; i < 4; ++i) {
    s_ptr[((i * 64) + ((int)threadIdx.x))] = A_ptr[((i * 64) + ((int)threadIdx.x))];
  }
  __syncthreads();
  nvcuda::wmma::fill_fragment(c[0], 0x0p+0f);
  nvcuda::wmma::load_matrix_sync(a[0], (&(s_ptr[0])), 16);
  nvcuda::wmma::load_matrix_sync(b[0], (&(B_ptr[0])), 16);
  nvcuda::wmma::mma_sync(c[0], a[0], b[0], c[0]);
  if (((int)threadIdx.x) < 32) {
    nvcuda::wmma::store_matrix_sync((&(C_ptr[0])), c[0], 16, nvcuda::wmma::mem_row_major);
  }
}
"""

MISTAKES = {
    # The first warp loads the tile before the second one has written its part.
    "no barrier": ("  __syncthreads();\n", "", "race", "s", "s_ptr[((i * 64)"),
    "a tile outside": ("(&(B_ptr[0]))", "(&(B_ptr[64]))", "bounds", "B", "load_matrix_sync(b"),
    "a store outside": ("(&(C_ptr[0]))", "(&(C_ptr[-1]))", "bounds", "C", "store_matrix_sync"),
    "a stride too wide": (
        "(B_ptr[0])), 16",
        "(B_ptr[0])), 24",
        "bounds",
        "B",
        "load_matrix_sync(b",
    ),
    "an unwritten tile": ("i < 4", "i < 3", "uninitialised", "C", "store_matrix_sync"),
    "a fragment not filled": (
        "  nvcuda::wmma::load_matrix_sync(b[0], (&(B_ptr[0])), 16);\n",
        "",
        "uninitialised",
        "C",
        "store_matrix_sync",
    ),
    "two warps store": ("< 32", "< 64", "race", "C", "store_matrix_sync"),
    "half a warp": ("< 32", "< 16", "warp", "", "store_matrix_sync"),
    "lanes that have finished": (
        "  nvcuda::wmma::mma_sync",
        "  if (((int)threadIdx.x) == 40) {\n    return;\n  }\n  nvcuda::wmma::mma_sync",
        "warp",
        "",
        "mma_sync",
    ),
}
"""Replacements in ``PRODUCT``, each with the kind of its finding, its buffer and its statement."""


@pytest.mark.parametrize("name", usually(MISTAKES, ["half a warp", *MISTAKES][:3]))
def test_both_forms_find_a_mistake_with_a_tile(name):
    old, new, kind, buffer, statement = MISTAKES[name]
    assert old in PRODUCT
    text = PRODUCT.replace(old, new)
    lines = (HEADERS + text).split("\n")
    described = []
    for warps in (False, True):
        arrays = [np.ones(256, dtype) for dtype in ("float16", "float16", "float32")]
        found = launch(text, *arrays, block=(64, 1, 1), checked=True, warps=warps)
        first = next(finding for finding in found if finding.kind == kind)
        assert first.buffer == buffer
        assert statement in lines[first.sites[0].line - 1]
        described.append([(f.kind, f.index, f.count, f.detail, f.message) for f in found])
    fibers, as_warps = described
    if name == "half a warp":  # where the others are is known of fibers alone
        assert "thread (16, 0, 0) has finished: a tensor core operation" in fibers[0][-1]
        assert "thread (16, 0, 0) has taken another branch: a tensor" in as_warps[0][-1]
    else:
        assert as_warps == fibers


def test_a_block_without_a_whole_warp_cannot_use_tensor_cores():
    arrays = [np.ones(256, dtype) for dtype in ("float16", "float16", "float32")]
    text = PRODUCT.replace("i < 4", "i < 0")
    for warps in (False, True):
        (finding,) = launch(text, *arrays, block=(16, 1, 1), warps=warps)
        assert finding.kind == "warp"
        assert finding.message.endswith("all 32 lanes of a warp, and 16 are there")


def test_lanes_that_pass_addresses_of_their_own_are_a_mistake():
    text = PRODUCT.replace("(&(B_ptr[0]))", "(&(B_ptr[(((int)threadIdx.x) & 7)]))")
    arrays = [np.ones(256, dtype) for dtype in ("float16", "float16", "float32")]
    (finding,) = launch(text, *arrays, block=(64, 1, 1), checked=True)
    # The lanes of two warps, but for those whose index has no remainder.
    assert (finding.kind, finding.count) == ("warp", 2 * 28)
    assert finding.message == (
        "thread (1, 0, 0) of block (0, 0, 0) passes an address of its own to a tensor core "
        "operation at line 17: all lanes of a warp pass the same one, and lane 0 passes another"
    )


def test_an_index_into_fragments_is_checked():
    text = HEADERS + PRODUCT.replace("mma_sync(c[0], a[0]", "mma_sync(c[0], a[1]")
    assert emulated(text, checked=True).warps
    arrays = [np.ones(256, dtype) for dtype in ("float16", "float16", "float32")]
    findings = launch(text.removeprefix(HEADERS), *arrays, block=(64, 1, 1), checked=True)
    assert [(f.kind, f.buffer, f.index, f.extent) for f in findings] == [
        ("bounds", "a", (1,), 1),
        ("uninitialised", "C", (0,), 256),
    ]


TILES = """
extern "C" __global__ void main_kernel(half* __restrict__ A_ptr, half* __restrict__ B_ptr, float* __restrict__ C_ptr) {{
  nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, 16, 16, 16, half, nvcuda::wmma::row_major> a[1];
  nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, 16, 16, 16, half, nvcuda::wmma::col_major> b[1];
  nvcuda::wmma::fragment<nvcuda::wmma::accumulator, 16, 16, 16, float> c[1];
  __shared__ alignas(64) half s_ptr[1024];
  for (int i = 0; i < 16; ++i) {{
    s_ptr[((i * 64) + ((int)threadIdx.x))] = B_ptr[((int)threadIdx.x)];
  }}
  __syncthreads();
  nvcuda::wmma::fill_fragment(c[0], 0x0p+0f);
  for (int k = 0; k < 3; ++k) {{
    nvcuda::wmma::load_matrix_sync(a[0], (&(A_ptr[{a}])), {step});
    nvcuda::wmma::load_matrix_sync(b[0], (&(s_ptr[0])), {step});
    nvcuda::wmma::mma_sync(c[0], a[0], b[0], c[0]);
  }}
  nvcuda::wmma::store_matrix_sync((&(C_ptr[(((int)threadIdx.x) / 32 * 256)])), c[0], 16, nvcuda::wmma::mem_row_major);
}}
"""


@pytest.mark.parametrize(
    ("first", "step", "sectors", "ideal", "distinct"),
    [
        # 16 rows of 32 bytes, one after the other: 512 bytes.
        (0, 16, 16, 16, 512),
        # One element further it takes a part of one sector more.
        (1, 16, 17, 16, 512),
        # Rows 80 bytes apart: those of even numbers begin with a sector, the others half way.
        (0, 40, 8 * 1 + 8 * 2, 16, 512),
        # Rows 16 bytes apart, so that each shares half with the next: 15 * 16 + 32 bytes.
        (0, 8, 9, 9, 272),
    ],
)
def test_the_cost_of_a_tile_is_one_request_of_its_bytes(first, step, sectors, ideal, distinct):
    text = HEADERS + TILES.format(a=first, step=step)
    made = built(text, checked=True, counted=True)
    (kernel,) = made.translation.kernels.values()
    arrays = [np.ones(1024, "float16"), np.ones(64, "float16"), np.zeros(512, "float32")]
    for name, array in zip("ABC", arrays, strict=True):
        made.library.emulator_region(array.ctypes.data, array.nbytes, name.encode(), 1)
    meter = CostMeter(made, None, 0)
    meter.begin()
    config = launch_config(made.translation, kernel, {"threadIdx.x": 64})
    assert meter.launch(kernel, [array.ctypes.data for array in arrays], config)
    loaded, shared, stored = [site for site in meter.sites() if site.kind == "fragment"]
    assert text[loaded.place :].startswith("nvcuda::wmma::load_matrix_sync(a[0]")
    assert text[stored.place :].startswith("nvcuda::wmma::store_matrix_sync(")
    # Two warps, three times each; every lane takes part, and no one knows which bytes are its own.
    assert (loaded.space, loaded.width, loaded.lanes, loaded.worst) == (
        "global",
        2,
        ((32, 6),),
        None,
    )
    assert loaded.figures == Figures(
        requests=6,
        lanes=6 * 32,
        sectors=6 * sectors,
        ideal_sectors=6 * ideal,
        bytes_asked=6 * 512,
        bytes_used=6 * distinct,
    )
    assert shared.space == "shared"
    assert shared.figures == Figures(
        requests=6, lanes=6 * 32, bytes_asked=6 * 512, bytes_used=6 * distinct
    )
    assert (stored.figures.requests, stored.figures.sectors) == (2, 2 * 1024 // 32)
    # Three products of 16 * 16 * 16 in each warp, of a sum and a product each.
    (counted,) = meter.kernels
    assert counted.operations(meter.counters).floats == 2 * 3 * 2 * 16**3

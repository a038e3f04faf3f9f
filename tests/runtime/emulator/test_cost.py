"""Count accesses on the emulator: the figures are those that the index functions give."""

import io
import re

import numpy as np
import pytest

from tests.support.emulating import HEADERS
from tests.support.programs.costs import fragments
from tests.support.programs.costs.cost_kernels import KERNELS, TWO_KERNELS, flat
from tests.support.programs.costs.planted_programs import CHAIN
from tests.support.programs.thorough import usually
from viz.cli import main
from viz.cli.commands.running.cost import cost_lines
from viz.emulator import library
from viz.emulator.cost.deferred import gaps
from viz.emulator.cost.meter import CostMeter, spread
from viz.emulator.forms import built
from viz.emulator.launch import launch_config
from viz.errors import RequestError
from viz.locale.translator import Translator
from viz.model import Cost, CostOptions, Options, Request, RunPart
from viz.model.catalog.cost_rules import cost_rules
from viz.service.engine.dispatch import answer
from viz.testing import assert_coalesced, assert_cost, assert_no_bank_conflicts
from viz.ui.workbench.runs import for_the_page

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))

BY_NAME = {kernel.name: kernel for kernel in KERNELS}


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def outcome_of(text, cost=CostOptions(), arrays=None, **run):
    given = {name: npy(array) for name, array in (arrays or {}).items()}
    part = RunPart(device="cuda-emulated", cost=cost, arrays=given, **run)
    return answer(Request(text, part=part))


def only_kernel(text, **run):
    (kernel,) = outcome_of(text, **run).cost.kernels
    return kernel


def figures_of(kernel):
    """Return what is compared of a kernel's sites, in an order that the text does not matter to."""
    return sorted(
        (
            site.buffer,
            site.kind,
            site.space,
            site.width,
            site.figures.requests,
            sorted(site.lanes),
            site.figures.wavefronts if site.space == "shared" else site.figures.sectors,
            site.figures.ideal_wavefronts if site.space == "shared" else site.figures.ideal_sectors,
            site.figures.bytes_asked,
            site.figures.bytes_used,
            site.most_on_one,
        )
        for site in kernel.sites
    )


def expected_figures(kernel):
    # Lanes that are alike in shared memory share a word, which is counted for atomics alone.
    return sorted(
        (
            site.buffer,
            site.kind,
            site.space,
            site.width,
            site.requests,
            sorted(site.lanes.items()),
            site.cost,
            site.ideal,
            site.asked,
            site.used,
            site.most_on_one,
        )
        for site in kernel.sites
    )


# That the stages' figures agree with those of these is a test of its own, test_agreement.py.
AGREED = {"columns", "bytes", "every second", "pairs in shared memory", "four at once", "shifted"}


@pytest.mark.parametrize("name", usually(BY_NAME, BY_NAME.keys() - AGREED))
def test_figures_are_those_of_the_index_functions(name):
    expected = BY_NAME[name]
    kernel = only_kernel(expected.text, arrays=expected.arrays)
    assert figures_of(kernel) == expected_figures(expected)
    assert kernel.is_complete
    assert kernel.problem is None
    assert kernel.barriers == expected.barriers
    assert kernel.float_operations == expected.floats
    assert expected.integers in (None, kernel.integer_operations)
    sectors = sum(site.cost for site in expected.sites if site.space == "global")
    assert kernel.intensity == expected.floats / (32 * sectors)
    assert [(each.warps, each.divided) for each in kernel.branches] == list(expected.branches)
    assert kernel.occupancy.static_shared == expected.static_shared
    lines = expected.text.split("\n")
    for site in kernel.sites:
        own = expected.text[site.own.start : site.own.end]
        assert site.buffer in own
        assert own.split("\n")[0] in lines[site.own_line - 1]


@pytest.mark.parametrize("order", ["reversed", "shuffled"])
def test_figures_do_not_depend_on_the_order_of_threads(order):
    expected = BY_NAME["ragged rows"]
    kernel = only_kernel(expected.text, arrays=expected.arrays, order=order, seed=3)
    assert figures_of(kernel) == expected_figures(expected)


def test_counting_changes_neither_outputs_nor_findings():
    # The last row of A is read up to element 96 + 31 + 97 of 128.
    text = BY_NAME["shared transpose"].text
    text = text.replace("bx * 32 + tx]\n", "bx * 32 + tx + 97]\n", 1)
    checked = outcome_of(text, cost=None, checked=True, keep=True)
    counted = outcome_of(text, keep=True)
    assert checked.findings
    assert counted.findings == checked.findings
    assert counted.arrays == checked.arrays
    assert checked.cost is None


def test_kernels_are_counted_apart():
    first, second = outcome_of(TWO_KERNELS).cost.kernels
    # 8 warps each, of rows of 128 bytes; a workspace begins like any buffer.
    rows = [
        [(site.figures.requests, site.figures.sectors) for site in k.sites] for k in (first, second)
    ]
    assert rows == [[(8, 32), (8, 32)]] * 2
    assert [k.float_operations for k in (first, second)] == [256, 256]
    assert [k.blocks for k in (first, second)] == [2, 4]
    assert [site.own_line for site in first.sites] == [8, 8]


HELPER = """
static __forceinline__ __device__ float tvm_builtin_pair(float* p, int i) {
  return p[i] + p[(i + 32)];
}

extern "C" __global__ void __launch_bounds__(32) main_kernel(float* A_ptr, float* B_ptr) {
  B_ptr[((int)threadIdx.x)] = (tvm_builtin_pair(A_ptr, ((int)threadIdx.x)) + \
tvm_builtin_pair((A_ptr + 64), (((int)threadIdx.x) * 2)));
}
"""

TILES = """
extern "C" __global__ void __launch_bounds__(32) main_kernel(half* A_ptr, float* C_ptr) {
  nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, 16, 16, 16, half, nvcuda::wmma::row_major> a[1];
  nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, 16, 16, 16, half, nvcuda::wmma::row_major> b[1];
  nvcuda::wmma::fragment<nvcuda::wmma::accumulator, 16, 16, 16, float> c[1];
  nvcuda::wmma::load_matrix_sync(a[0], (&(A_ptr[0])), 16);
  nvcuda::wmma::load_matrix_sync(b[0], (&(A_ptr[0])), 16);
  nvcuda::wmma::fill_fragment(c[0], 0.000000e+00f);
  nvcuda::wmma::mma_sync(c[0], a[0], b[0], c[0]);
  nvcuda::wmma::store_matrix_sync((&(C_ptr[0])), c[0], 16, nvcuda::wmma::mem_row_major);
}
"""


def counted_text(text, *arrays):
    """Run the kernel of a CUDA text with one warp, and return what was counted of it."""
    compiled = built(HEADERS + text, checked=True, counted=True)
    meter = CostMeter(compiled, None, 0)
    meter.begin()
    (kernel,) = compiled.translation.kernels.values()
    for array in arrays:
        compiled.library.emulator_region(array.ctypes.data, array.nbytes, b"", 1)
    config = launch_config(compiled.translation, kernel, {"threadIdx.x": 32})
    assert meter.launch(kernel, [array.ctypes.data for array in arrays], config)
    return meter, HEADERS + text


def test_each_call_of_a_helper_is_counted_by_itself():
    a, b = np.zeros(160, np.float32), np.zeros(32, np.float32)
    meter, text = counted_text(HELPER, a, b)
    loads = [site for site in meter.sites() if site.kind == "load"]
    # The first call reads two rows of 128 bytes, the second one every other word of 256 bytes.
    assert [site.figures.sectors for site in loads] == [4, 4, 8, 8]
    calls = [text[site.call : meter.counters.ends[site.call]] for site in loads]
    assert [call.count("A_ptr + 64") for call in calls] == [0, 0, 1, 1]
    # An addition in each call, and that of both results.
    assert meter.kernels[0].operations(meter.counters).floats == 3 * 32


def test_tiles_of_tensor_cores_are_a_kind_of_their_own():
    meter, _ = counted_text(TILES, np.zeros(256, np.float16), np.zeros(256, np.float32))
    sites = meter.sites()
    assert [site.kind for site in sites] == ["fragment"] * 3
    # 16 x 16 elements of 2 and of 4 bytes.
    assert [site.figures.bytes_used for site in sites] == [512, 512, 1024]
    # In a row, so in as few sectors of 32 bytes as there can be.
    assert [site.figures.sectors for site in sites] == [16, 16, 32]
    assert meter.kernels[0].operations(meter.counters).floats == 2 * 16**3


def test_beyond_a_budget_blocks_do_not_run_and_no_figure_is_scaled():
    expected = BY_NAME["copy"]
    # 32 blocks of 8 warps: 2 x 256 accesses of threads each.
    budget = CostOptions(budget=3 * 512)
    partly = outcome_of(expected.text, cost=budget)
    (kernel,) = partly.cost.kernels
    assert (kernel.counted_blocks, kernel.blocks) == (3, 32)
    assert [site.figures.requests for site in kernel.sites] == [3 * 8, 3 * 8]
    assert [problem.what.id for problem in partly.problems] == ["cost-of-some-blocks"]
    # Outputs that are not whole are compared with nothing, and nobody says that they are right.
    assert not partly.cost.ran_all
    assert partly.comparisons == ()
    assert partly.reference.id == "compared-in-part"
    # Where they are asked for they are whole, and the figures the same.
    whole = outcome_of(expected.text, cost=budget, keep=True)
    assert whole.arrays == outcome_of(expected.text, keep=True).arrays
    assert whole.cost.ran_all
    assert [problem.what.id for problem in whole.problems] == ["cost-in-part"]
    assert whole.cost.kernels == partly.cost.kernels
    compared = outcome_of(expected.text, cost=budget, reference="def reference(A):\n    return A\n")
    assert compared.cost.ran_all
    assert [each.name for each in compared.comparisons] == ["B"]
    # A budget for all of them leaves nothing out.
    assert outcome_of(expected.text, cost=CostOptions(budget=1 << 30)).cost.ran_all


def test_blocks_run_where_a_later_kernel_needs_what_they_write():
    # The third kernel reads B where W says, so its sectors are right only if all of W is; nobody
    # reads C and D. One block of each is looked at: 128 threads with 2, 2 and 3 accesses each.
    a = np.arange(1024, dtype=np.int32)[::-1] * 7
    arrays = {"A": np.ascontiguousarray(a), "B": np.ones(1024, np.int32)}
    partly = outcome_of(CHAIN, cost=CostOptions(budget=3), arrays=arrays)
    messages = [problem.what.id for problem in partly.problems]
    assert messages == ["cost-in-part", "cost-of-some-blocks", "cost-of-some-blocks"]
    whole = outcome_of(CHAIN, cost=CostOptions(budget=3), arrays=arrays, keep=True)
    assert partly.cost.kernels == whole.cost.kernels
    # Lanes are 7 elements apart, 28 bytes: 32 lanes over 28 or 29 sectors.
    (gathered,) = (site for site in partly.cost.kernels[2].sites if site.buffer == "B")
    assert gathered.figures.requests == 4
    assert 4 * 27 <= gathered.figures.sectors <= 4 * 29


def test_what_a_budget_leaves_unchecked_is_said_without_a_switch_that_a_measurement_lacks():
    text = flat({"A": "32 float32", "B": "32 float32"}, 1, 32, "B[t] = A[t]")
    wrong = "def reference(A, B):\n    return A + 1\n"
    outcome = outcome_of(text, cost=CostOptions(budget=1), reference=wrong)
    assert not outcome.passed
    (said,) = (each for each in outcome.problems if each.code.startswith("unchecked"))
    assert "--cost-budget" in said.hint
    assert for_the_page(said).hint == "Look at all blocks and measure again."


@pytest.mark.parametrize(
    "run", [{"cost": None}, {"cost": None, "checked": False}, {"cost": CostOptions(budget=64)}]
)
def test_a_deadlock_in_blocks_that_nobody_checks_does_not_pass(run):
    # All elements are written before the last block stops, so the outputs alone look right.
    barrier = 'if b == 3 and t < 32:\n    T.evaluate(T.tvm_storage_sync("shared"))'
    body = f"B[b * 64 + t] = A[b * 64 + t]\n{barrier}"
    text = flat({"A": "256 float32", "B": "256 float32"}, 4, 64, body)
    outcome = outcome_of(text, reference="def reference(A, B):\n    return A\n", keep=True, **run)
    assert outcome.comparisons[0].passed
    assert not outcome.passed


def test_elements_are_counted_over_time_with_their_reuse_distance():
    # In each of 100 rounds a load of A and a store of B: one request lies between two loads.
    body = "for i in range(100):\n    B[i * 32 + t] = A[t]"
    text = flat({"A": "32 float32", "B": "3200 float32"}, 1, 32, body)
    (kernel,) = outcome_of(text, cost=CostOptions(pictures=True)).cost.kernels
    a, b = sorted(kernel.buffers, key=lambda each: each.name)
    assert (a.elements, a.element_bytes, a.per_cell, a.shape) == (32, 4, 1, (32,))
    # 200 requests in at most 32 slices, which begin with 16 and are never halved.
    assert a.requests_per_slice == 16
    assert (a.slices, a.requests) == (13, 200)
    of_a, of_b = (np.frombuffer(each.counts, "<u4").reshape(13, -1) for each in (a, b))
    assert (of_a == np.array([8] * 12 + [4])[:, None]).all()
    assert (of_b.sum(axis=0) == 1).all()
    assert (of_b[0, : 8 * 32] == 1).all()
    assert (np.frombuffer(a.reuse, "<f4") == 1).all()
    assert np.isnan(np.frombuffer(b.reuse, "<f4")).all()
    assert only_kernel(text).buffers == ()


def test_elements_of_tensor_cores_tiles_are_counted_too():
    # Each of 16 blocks loads its tile of S whole, and stores its own of C.
    (kernel,) = outcome_of(fragments.copy(), cost=CostOptions(pictures=True)).cost.kernels
    by_name = {each.name: each for each in kernel.buffers}
    c, s = (
        np.frombuffer(by_name[name].counts, "<u4").reshape(by_name[name].slices, -1).sum(axis=0)
        for name in ("C", "S")
    )
    assert by_name["C"].per_cell == by_name["S"].per_cell == 1
    assert (c == np.ones(64 * 64)).all()
    # Each element of S is written once by a block, and read once.
    assert (s == np.full(256, 2 * 16)).all()
    assert {site.kind for site in kernel.sites if site.buffer == "C"} == {"fragment"}


def test_buffers_without_a_picture_are_said():
    names = [f"A{number}" for number in range(65)]
    body = "\n".join(f"{name}[t] = T.float32(1)" for name in names)
    text = flat(dict.fromkeys(names, "32 float32"), 1, 32, body)
    outcome = outcome_of(text, cost=CostOptions(pictures=True))
    assert len(outcome.cost.kernels[0].buffers) == 64
    assert [problem.what.id for problem in outcome.problems] == ["pictures-lost"]


def test_blocks_that_are_looked_at_lie_spread_over_the_grid():
    for count in (1, 2, 7, 64, 1000):
        order = list(spread(count))
        assert sorted(order) == list(range(count))
    assert max(gap for gap in np.diff([0, *sorted(list(spread(1000))[:8]), 1000])) < 250
    assert list(gaps([5, 0, 3], 7)) == [(1, 3), (4, 5), (6, 7)]
    assert list(gaps([], 3)) == [(0, 3)]


def test_assertions_name_the_access_its_figures_and_the_rule():
    assert_coalesced(BY_NAME["copy"].text)
    assert_no_bank_conflicts(BY_NAME["swizzle"].text)
    assert_cost(
        BY_NAME["shifted"].text, buffer="A", sectors_per_request=5, bytes_moved=9 * 32 * 256
    )
    with pytest.raises(AssertionError, match=r"line 7: store of B .*\n(?s:.*)32 sectors") as error:
        assert_coalesced(BY_NAME["columns"].text)
    assert cost_rules()["sectors"].en in str(error.value)
    with pytest.raises(AssertionError, match=r"load of S .* 31 of them bank conflicts"):
        assert_no_bank_conflicts(BY_NAME["declared padding"].text)
    with pytest.raises(AssertionError, match=r"16 active lanes a request, at least 32"):
        assert_cost(BY_NAME["alternating lanes"].text, buffer="A", lanes_per_request=32)
    with pytest.raises(RequestError):
        assert_cost(BY_NAME["copy"].text, buffer="X", sectors_per_request=4)


def test_nothing_is_asserted_of_a_run_that_failed_or_was_counted_in_part(monkeypatch):
    # One sector a request, but 32 lanes write one element without any order.
    racing = flat({"A": "32 float32", "B": "1 float32"}, 1, 32, "B[0] = A[t]")
    with pytest.raises(AssertionError, match=r"the run failed\n  race: .*B\[0\]"):
        assert_coalesced(racing)
    monkeypatch.setattr("viz.emulator.cost.records.lost", lambda library: True)
    with pytest.raises(AssertionError, match="more places of access than 8192 are not counted"):
        assert_no_bank_conflicts(BY_NAME["copy"].text)


def test_an_architecture_without_known_limits_is_named():
    part = RunPart(device="cuda-emulated", cost=CostOptions())
    outcome = answer(Request(BY_NAME["copy"].text, part=part, options=Options(arch="sm_72")))
    (problem,) = outcome.problems
    assert "sm_72" in problem.text()
    assert "sm_75" in problem.hint_text()
    assert outcome.cost.kernels[0].occupancy.arch == "sm_80"
    assert problem.text().endswith("that of sm_80")


def test_only_the_emulator_counts():
    part = RunPart(device="llvm", cost=CostOptions())
    with pytest.raises(RequestError):
        answer(Request(BY_NAME["copy"].text, part=part))
    with pytest.raises(RequestError):
        outcome_of(BY_NAME["copy"].text, cost=CostOptions(arch="sm_1"))


def test_run_prints_the_worst_access_first_with_the_class_and_the_rule_of_each_figure(
    tmp_path, capsys
):
    file = tmp_path / "transpose.py"
    file.write_text(BY_NAME["shared transpose"].text, encoding="utf-8")
    assert main(["run", str(file), "--device", "cuda-emulated", "--cost"]) == 0
    lines = capsys.readouterr().out.split("\n")
    table = [re.split(r"  +", line.strip()) for line in lines if line.startswith("  ")]
    heads, worst, *others = (row for row in table if len(row) > 6)
    assert heads[4:6] == ["● requests", "◐ lanes"]
    assert heads[-3:] == ["◐ bytes moved", "● bytes used", "◐ cause"]
    # Of shared memory no bytes are moved; each of the requests uses 32 words.
    assert worst[:4] == ["!", "13", "load of S", "shared"]
    requests, used = (int(worst[at].replace(",", "")) for at in (5, -2))
    assert (worst[-3], used) == ("–", 128 * requests)
    assert worst[-4] == "◐ 32 wavefronts, 31 of them bank conflicts"
    assert worst[-1] == "as your program has it"
    # A and B are moved in whole sectors, and all of these bytes are used.
    of_global = [row for row in others if row[2] == "global"]
    assert [row[-3] == row[-2] != "–" for row in of_global] == [True, True]
    rules = cost_rules()
    for name in ("requests", "wavefronts", "bytes_moved", "bytes_used", "cause", "registers"):
        assert f"  {rules[name].title.en}: {rules[name].en}" in lines
    # What never happened needs no rule.
    assert not any(rules["fragments"].en in line for line in lines)
    signs = [line for line in lines if line[:1] in ("●", "◐", "○")]
    assert signs == ["● counted exactly", "◐ modelled", "○ not known"]
    chinese = list(cost_lines(Cost(()), {}, Translator("zh")))
    assert "● 精确计数" in chinese
    assert f"  {rules['occupancy'].title.zh}：{rules['occupancy'].zh}" in chinese

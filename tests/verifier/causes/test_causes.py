"""The pass or schedule step that gives an access its pattern is named."""

import numpy as np
import pytest
import tvm

from tests.support.programs.costs import fragments
from tests.support.programs.costs.found_causes import found
from tests.support.programs.costs.planted_causes import PLANTED
from tests.support.programs.costs.planted_programs import CHAIN
from tests.support.programs.thorough import usually
from viz.frontend.program import read
from viz.harness.array_files import npy
from viz.ir.parse import parse
from viz.passes import gpu_schedule

BY_NAME = {each.name: each for each in PLANTED}
# What is its own is seen apart, in "column of a cached tile" and in "double buffered".
TOGETHER = {"column of a double buffered tile"}


@pytest.mark.parametrize("name", usually(BY_NAME, BY_NAME.keys() - TOGETHER))
def test_the_cause_is_named(name):
    planted = BY_NAME[name]
    answer = found(planted.text, blocks=200, seconds=float("inf"))
    assert answer.problem is None
    sites = [s for s in answer.sites if (s.kind, s.patterns[-1].buffer) == planted.access]
    assert sites
    for site in sites:
        last = site.patterns[-1]
        cost = last.figures
        each = cost.sectors if last.space == "global" else cost.conflicts
        assert last.width == planted.width
        assert each / cost.requests == planted.each, planted.why
        assert cost.lanes / cost.requests == planted.lanes, planted.why
        if planted.cause:
            assert planted.cause in str(site.title), planted.why
        else:
            assert (site.since, site.title) == ("input", None), planted.why


STEPS = """
@T.prim_func(s_tir=True)
def f(A: T.Buffer((32, 32), "float32"), B: T.Buffer((32, 32), "float32")):
    for i, j in T.grid(32, 32):
        with T.sblock("B"):
            vi, vj = T.axis.remap("SS", [i, j])
            B[vi, vj] = A[vi, vj]


def schedule(sch):
    i, j = sch.get_loops(sch.get_sblock("B"))
    sch.bind(i, "threadIdx.x")
"""


def test_the_steps_of_a_schedule_alone_can_be_asked_for():
    # A warp reads and writes a column: 32 lanes 128 bytes apart touch a sector each, and of each of
    # the 32 columns there is a request to load and one to store.
    answer = found(STEPS, steps=True)
    assert (answer.sites, answer.problem) == ((), None)
    assert [each.stage for each in answer.stages] == [2, "final"]
    for each in answer.stages:
        assert (each.global_figures.requests, each.global_figures.sectors) == (64, 64 * 32)


@pytest.mark.parametrize("blocks", [2, 8])
def test_a_place_that_comes_from_another_kernels_data_has_a_cause_only_if_all_of_it_is_known(
    blocks,
):
    answer = found(CHAIN, blocks=blocks)
    since = {(s.kind, s.patterns[-1].buffer): s.since for s in answer.sites}
    # All is as the program has it. W says where B is read, and of its 8 blocks 2 do not know W.
    known = {("load", each) for each in "AW"} | {("store", each) for each in "WCD"}
    expected = dict.fromkeys(known, "input")
    assert since == expected | {("load", "B"): "input" if blocks == 8 else None}
    assert (answer.problem is None) == (blocks == 8)


GATHERED = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((1024,), "float32"), I: T.Buffer((32,), "int32"), B: T.Buffer((32,), "float32")):
    T.func_attr({"tirx.noalias": True})
    for t in T.thread_binding(32, thread="threadIdx.x"):
        B[t] = A[I[t]]
"""


@pytest.mark.parametrize(("stride", "sectors"), [(1, 4), (8, 32)])
def test_the_stages_run_on_the_arrays_of_the_run(stride, sectors):
    # 32 words in a row are 4 sectors of 32 bytes; 8 words apart each is in a sector of its own.
    places = np.arange(32, dtype=np.int32) * stride
    answer = found(GATHERED, arrays={"I": npy(places)})
    (load,) = (site.patterns[-1] for site in answer.sites if site.patterns[-1].buffer == "A")
    assert (load.figures.requests, load.figures.sectors) == (1, sectors)


COUNTED_BY_ATOMICS = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((64,), "int32"), N: T.Buffer((1,), "int32"), B: T.Buffer((64,), "int32")):
    T.func_attr({"tirx.noalias": True})
    for b in T.thread_binding(1, thread="blockIdx.x"):
        for t in T.thread_binding(32, thread="threadIdx.x"):
            T.evaluate(T.call_extern("int32", "atomicAdd", T.address_of(N[0]), 1))
    for b in T.thread_binding(1, thread="blockIdx.x"):
        for t in T.thread_binding(32, thread="threadIdx.x"):
            for i in range(N[0]):
                B[i] = A[t]
"""


def test_what_an_atomic_decides_has_no_known_cause():
    causes = {(s.kind, s.patterns[-1].buffer): s.since for s in found(COUNTED_BY_ATOMICS).sites}
    assert causes["atomic", "N"] == "input"
    assert causes["load", "N"] == "input"
    assert causes["store", "B"] is None


def test_a_fragment_is_one_since_the_step_that_tensorizes(monkeypatch):
    # TVM's own intrinsics, which take a minute to load, stand for the same.
    monkeypatch.setattr(gpu_schedule, "preload", lambda: None)
    texts = fragments.DESCRIPTION, fragments.IMPLEMENTATION
    described, implemented = (parse(read(text)).mod.functions.values() for text in texts)
    tvm.s_tir.TensorIntrin.register(fragments.INTRINSIC, *described, *implemented, override=True)
    answer = found(fragments.TENSORIZED)
    assert answer.problem is None
    causes = {s.patterns[-1].buffer: s for s in answer.sites if s.kind == "fragment"}
    assert str(causes["S"].title) == "step 2, tensorize"
    assert [pattern.step for pattern in causes["S"].patterns] == [32, 32]
    # What bank conflicts a fragment has is not known, so none counts as a request without any.
    last = answer.stages[-1]
    in_shared = [s.patterns[-1] for s in answer.sites if s.patterns[-1].space == "shared"]
    by_kind = {kind: 0 for kind in (True, False)}
    for site in answer.sites:
        if (pattern := site.patterns[-1]) in in_shared:
            by_kind[site.kind == "fragment"] += pattern.figures.requests
    assert last.shared_fragments == by_kind[True] > 0
    assert last.shared_figures.requests == by_kind[False]
    assert causes["C"].since == "input"

"""The pass or schedule step that gives an access its pattern is named."""

import pytest

from tests.support.programs.costs.found_causes import found
from tests.support.programs.costs.planted_causes import PLANTED


@pytest.mark.parametrize("planted", PLANTED, ids=[each.name for each in PLANTED])
def test_the_cause_is_named(planted):
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

"""The pass or schedule step that gives an access its pattern is named."""

import pytest
import tvm

from tests.support.programs.costs import fragments
from tests.support.programs.costs.found_causes import found
from tests.support.programs.costs.planted_causes import PLANTED
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.passes import gpu_schedule


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
    assert causes["C"].since == "input"

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

"""The pass or schedule step that gives an access its pattern is named."""

import pytest

from tests.support.programs.costs.planted_causes import PLANTED
from viz.frontend.program import read
from viz.frontend.schedule.code import schedule_of
from viz.ir.functions import by_importance
from viz.ir.parse import parse
from viz.model import CausesPart
from viz.passes.recording import record
from viz.passes.schedule.replay import replay
from viz.verifier.causes.causes import causes


def found(text, **options):
    """Return the causes of a text, as the engine finds them."""
    program = read(text)
    parsed = parse(program)
    code = schedule_of(program.schedules, parsed.definition)
    scheduled = replay(parsed.mod, code, {}) if code else None
    assert scheduled is None or scheduled.failure is None, scheduled.failure
    recording = record(parsed.mod, "cuda", scheduled=scheduled)
    return causes(parsed, by_importance(parsed.mod)[0], recording, CausesPart(**options))


@pytest.mark.parametrize("planted", PLANTED, ids=[each.name for each in PLANTED])
def test_the_cause_is_named(planted):
    answer = found(planted.text, blocks=200)
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

"""What is not known of a cost is not taken as nothing."""

import msgspec
import pytest

from tests.support.programs.costs import fragments
from viz.emulator import library
from viz.model import CostOptions, Request, RunPart, ScheduleCandidate
from viz.service.engine.dispatch import answer
from viz.testing import assert_coalesced, assert_no_bank_conflicts
from viz.verifier import schedule_search

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))


def test_bank_conflicts_of_fragments_are_not_known():
    with pytest.raises(AssertionError, match=r"fragment of S .*: bank conflicts .* not known"):
        assert_no_bank_conflicts(fragments.copy())
    # 16 halves are 32 bytes, one sector: of global memory all is known.
    assert_coalesced(fragments.copy())


def test_a_schedule_whose_conflicts_are_not_known_ranks_after_one_whose_conflicts_are():
    part = RunPart(device="cuda-emulated", cost=CostOptions())
    unknown = schedule_search.summed(answer(Request(fragments.copy(), part=part)).cost)
    assert unknown.has_unknown_conflicts
    known = msgspec.structs.replace(
        unknown, has_unknown_conflicts=False, sectors=2 * unknown.sectors, conflicts=1
    )
    candidates = [ScheduleCandidate("", "", passed=True, cost=cost) for cost in (unknown, known)]
    assert [each.cost for each in sorted(candidates, key=schedule_search.rank)] == [known, unknown]

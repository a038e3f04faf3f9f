"""What a visitor may ask of a server about schedules."""

import pytest

from viz.model import SearchPart
from viz.ui.workbench import schedules


@pytest.fixture
def server():
    yield schedules.configure
    schedules._CHOSEN.tune = False


def test_visitors_tune_where_the_owner_lets_them(server):
    wanted = SearchPart(count=64, tune=True, seed=3)
    assert schedules.allowed(wanted) == SearchPart(count=schedules.MOST_OF_A_VISITOR, seed=3)
    server(["--workers", "2", "--tune"])
    assert schedules.may_tune()
    assert schedules.allowed(wanted).tune

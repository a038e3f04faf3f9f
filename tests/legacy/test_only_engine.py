"""A TVM of 2024 that is the installed one: the engine of every request, which says what it lacks."""

import pytest

from tests.support.legacy import require_legacy_tvm
from viz.errors import RequestError
from viz.model import LEGACY, EnvironmentPart, OverviewPart, Request, SourcePart, VerifyPart
from viz.service.client.submit import Engine, submit

require_legacy_tvm()

TEXT = "@T.prim_func\ndef f(A: T.Buffer((8,), 'float32')):\n    A[0] = A[1] + T.float32(1)\n"


@pytest.fixture(scope="module")
def engine():
    # As a server has it: with replicas, and no second fork server that preloads.
    engine = Engine(warm=True, local=True)
    yield engine
    engine.close()


def ask(engine, part, name=""):
    return submit(Request(text=TEXT, part=part, engine=name), engine=engine).result()


def test_it_answers_under_both_names(engine):
    one, other = (ask(engine, SourcePart(), name) for name in ("", LEGACY))
    assert one.emissions[0].text == other.emissions[0].text
    assert engine.restarts == 0


def test_it_says_what_it_does_not_show(engine):
    for reply in (ask(engine, OverviewPart()), ask(engine, EnvironmentPart())):
        (notice,) = reply.problems
        assert notice.severity == "info"
        assert "of 2024 (0.17" in notice.message
        assert "whether every pass is right" in notice.message
    with pytest.raises(RequestError, match="installed TVM is of 2024") as raised:
        ask(engine, VerifyPart())
    assert "tirscope[tvm]" in raised.value.hint


def test_who_asks_for_it_needs_no_notice(engine):
    assert ask(engine, OverviewPart(), LEGACY).problems == ()

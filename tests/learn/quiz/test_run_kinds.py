"""Questions about a run name a line of the program's text; where there is none, nothing is asked."""

from random import Random
from types import SimpleNamespace

import pytest

from viz.learn.quiz import run_kinds
from viz.learn.quiz.draft import NotApplicableError
from viz.messages import message_of
from viz.model import Finding, Outcome
from viz.model.outcome import Site
from viz.model.running.cost import AccessSite, Cost, Figures, KernelCost, WarpRequest
from viz.text import Span

SAID = message_of("class-often")


def material(**fields):
    outcome = Outcome(device="", ran=SAID, passed=False, reference=SAID, **fields)
    evidence = SimpleNamespace(outcome=lambda _query: outcome)
    return SimpleNamespace(target=run_kinds.TARGET, evidence=evidence, arrays=("A", "B"))


def race(earlier, later):
    sites = tuple(
        Site(block=(0, 0, 0), thread=(x, 0, 0), doing=SAID, own_line=line)
        for x, line in ((1, later), (0, earlier))
    )
    return Finding(kind="race", what=SAID, sites=sites, buffer="A", block=(32, 1, 1))


def access(buffer, line, sectors):
    request = WarpRequest(block=(0, 0, 0), warp=0, offsets=(0,) * 32, sectors=sectors)
    return AccessSite(
        span=Span(0, 1), kind="load", space="global", buffer=buffer, width=4,
        figures=Figures(), worst=request, own_line=line,
    )  # fmt: skip


def test_a_race_is_asked_about_where_both_its_lines_are_known():
    (draft,) = run_kinds.racers(material(findings=(race(3, 4),)), Random(1))
    assert (draft.values["other_line"], draft.values["line"]) == (3, 4)
    for lines in ((3, None), (None, 4), (None, None)):
        with pytest.raises(NotApplicableError):
            next(run_kinds.racers(material(findings=(race(*lines),)), Random(1)))


def test_requests_are_asked_about_where_the_worst_one_has_a_line():
    """The worst load of ``A`` is made by a pass, and of no line: its number is of no other one."""
    sites = (access("A", 3, 4), access("A", None, 32), access("B", 5, 8), access("B", None, 4))
    kernel = KernelCost(
        name="", launches=1, grid=(1, 1, 1), block=(32, 1, 1), blocks=1, counted_blocks=1,
        sites=sites,
    )  # fmt: skip
    drafts = [*run_kinds.sectors_of(material(cost=Cost(kernels=(kernel,))), Random(1))]
    assert [(d.values["buffer"], d.values["line"]) for d in drafts] == [("B", 5)]

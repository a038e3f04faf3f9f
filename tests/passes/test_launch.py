"""Check launches: mistakes are named at their lines and mended, and right programs are not blamed."""

import pytest

import viz
from tests.support.programs.launch_mistakes import launch_mistakes
from tests.support.programs.thorough import VARIED, usually
from viz.errors import RequestError
from viz.frontend.examples import examples
from viz.model import LaunchPart, Request, RunPart
from viz.service.engine import dispatch
from viz.testing import assert_launchable
from viz.text import Text

MISTAKES = launch_mistakes()

REFUSED = {
    "if_double": "no-block-to-schedule",
    **dict.fromkeys(("tirx_blocks", "tirx_warps"), "tirx-cuda-only"),
}
"""Why an example has no kernels for a GPU target that it is not for."""


def report_on(text, target="cuda", **options):
    part = LaunchPart()
    return dispatch.answer(
        Request(text=text, target=target, options=viz.Options(**options), part=part)
    )


@pytest.mark.parametrize("mistake", MISTAKES, ids=[each.name for each in MISTAKES])
def test_a_mistake_is_named_at_its_line_and_its_mend_is_launched_and_right(mistake):
    report = report_on(mistake.text)
    (advice,) = report.advice
    assert advice.code == mistake.code
    assert Text(mistake.text).position(advice.span.start).line == mistake.line
    assert advice.why is not None
    assert advice.text("zh") != advice.text("en")
    mended = advice.mend.text
    assert report_on(mended).advice == ()
    part = RunPart(device="cuda-emulated", checked=True)
    outcome = dispatch.answer(Request(text=mended, part=part))
    assert not [each for each in outcome.findings if not each.harmless]


@pytest.mark.parametrize("name", usually(sorted(examples()), VARIED))
def test_nothing_is_said_of_a_right_example(name):
    for target in ("cuda", "webgpu"):
        report = report_on(examples()[name].text, target)
        found = [advice.code for advice in report.advice]
        if found and target not in examples()[name].targets:
            assert found == [REFUSED[name]]
        else:
            assert found == []
            assert report.kernels


def test_shared_memory_is_measured_against_the_architecture():
    text = next(each.text for each in MISTAKES if each.name == "too_much_shared")
    dynamic = text.replace('scope="shared")', 'scope="shared.dyn")')
    assert report_on(dynamic, arch="sm_80").launchable
    (advice,) = report_on(dynamic, arch="sm_61").advice
    assert "uses 65,536 bytes" in advice.message
    assert "sm_61 may have 49,152" in advice.message
    assert Text(dynamic).position(advice.span.start).line == 7


def test_a_cpu_has_no_kernels_and_an_assertion_tells_everything():
    with pytest.raises(RequestError, match="no kernels"):
        report_on(examples()["add_one"].text, "c")
    assert assert_launchable(examples()["matmul_gpu"].text).kernels[0].block[0]
    with pytest.raises(AssertionError, match=r"(?s)only some threads.*Let all threads come"):
        assert_launchable(next(m.text for m in MISTAKES if m.name == "barrier_in_branch"))


def test_the_library_asks_in_a_jailed_process():
    report = viz.check(MISTAKES[0].text, mends=False)
    assert report.advice[0].mend is None
    assert not report.launchable


def test_two_mistakes_in_the_same_words_are_both_mended():
    text = next(each.text for each in MISTAKES if each.name == "barrier_in_branch")
    *above, branch, store, barrier, last = text.rstrip().splitlines()
    twice = "\n".join([*above, branch, store, barrier, branch, store, barrier, last, ""])
    first, second = report_on(twice).advice
    assert first.message == second.message
    assert first.mend is not None
    (left,) = report_on(first.mend.text).advice
    assert report_on(left.mend.text).advice == ()

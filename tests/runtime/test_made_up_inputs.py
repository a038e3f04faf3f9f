"""Runs of small programs: what is made up for them, compared, and found outside of buffers."""

import pytest

from tests.support.programs.runs import PAST_THE_END, RUNS, STRIDED, RunProgram
from viz.errors import RequestError
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.model import Request, RunPart
from viz.runtime import run as run_module
from viz.runtime.expectation import first_function
from viz.runtime.run import DEVICES


def outcome_of(text, device, **options):
    if DEVICES[device].missing():
        pytest.skip(str(DEVICES[device].missing()))
    parsed = parse(read(text))
    request = Request(part=RunPart(device=device, **options))
    return run_module.run(parsed, first_function(parsed), request)


@pytest.mark.parametrize("program", RUNS, ids=[program.name for program in RUNS])
def test_a_run_gives(program: RunProgram):
    outcome = outcome_of(program.text, program.device, checked=program.checked)
    lines = program.text.split("\n")
    found = [
        (
            finding.buffer,
            finding.flat_index,
            int(lines[site.own_line - 1][-1])
            if (site := next(iter(finding.sites), None)) and site.own_line
            else 0,
        )
        for finding in outcome.findings
    ]
    assert sorted(found) == sorted(program.findings), outcome.findings
    assert " ".join(problem.code for problem in outcome.problems) == program.problems
    assert " ".join(comparison.name for comparison in outcome.comparisons) == program.outputs
    assert outcome.passed == program.passed, outcome.comparisons


def test_a_write_outside_says_which_buffer_and_how_far():
    (finding,) = outcome_of(PAST_THE_END.replace("range(9)", "range(19)"), "llvm").findings
    assert (finding.index, finding.extent, finding.count) == ((8,), 8, 11)
    assert "11 elements are written outside of B: past its end, from index 8" in finding.message


def test_findings_of_checked_c_have_lines_of_both_texts_and_a_count():
    outcome = outcome_of(PAST_THE_END.replace("range(9)", "range(19)"), "c", checked=True)
    finding = outcome.findings[0]
    assert finding.message == "the program reads A[8], but A has 8 elements"
    assert finding.count == 11
    assert finding.sites[0].line > 10
    assert outcome.seconds is None
    assert outcome.mode == "checked"
    assert outcome.comparisons[0].passed  # what lies outside is neither read nor written


def test_a_chosen_stride_leaves_gaps_between_rows():
    text = STRIDED.replace("assert p == 8", "assert p == 24")
    assert outcome_of(text, "llvm", sizes={"p": 24}).passed
    with pytest.raises(RequestError, match=r"no extent is named 'q'"):
        outcome_of(text, "llvm", sizes={"q": 24})

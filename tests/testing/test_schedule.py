"""``assert_schedule``: what it lets pass, and what it says of a step that fails or is wrong."""

import pytest

from viz.frontend.examples import examples
from viz.testing import assert_schedule


def test_the_loops_after_a_step_are_compared():
    text = examples()["transpose_aligned"].text
    nest = "main; for i < 128; for j < 128; B: A → B"
    assert_schedule(text, nest={0: nest, 2: nest}, verify=False)
    with pytest.raises(AssertionError, match=r"after step 3 are others:(?s:.*)\+for i_0 < 4"):
        assert_schedule(text, nest={3: nest}, verify=False)


def test_a_step_that_fails_is_named():
    steps = 'b = sch.get_sblock("B")\ni, j = sch.get_loops(b)\nsch.split(i, [4, 4])'
    text = examples()["transpose_aligned"].text
    with pytest.raises(AssertionError, match=r"step 3, sch.split\(i, \[4, 4\]\): .*smaller"):
        assert_schedule(text, steps)


def test_a_schedule_keeps_what_the_program_computes():
    assert_schedule(examples()["transpose_aligned"].text)

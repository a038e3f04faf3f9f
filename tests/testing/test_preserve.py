"""``assert_passes_preserve``."""

import pytest

from tests.support.programs.wrong_passes import PASSES
from viz.frontend.examples import examples
from viz.testing import assert_passes_preserve

IF_DOUBLE = examples()["if_double"].text


def _failure(program, target, **options) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_passes_preserve(program, target, **options)
    return str(caught.value)


def test_passes_preserve_what_a_program_computes():
    verification = assert_passes_preserve(IF_DOUBLE, "c")
    assert [stage.verdict for stage in verification.stages[:2]] == ["right", "same"]


def test_a_wrong_pass_of_ones_own_is_named():
    case = PASSES["swapped operands"]
    message = _failure(case.program, "c", passes=case.passes)
    assert message.startswith("test.Wrong is wrong for c: B[0] is -2, and 1 before all passes")
    assert f"    {case.python}    # i = 0\n" in message
    assert message.endswith(f"It comes from line 5: {case.own_text}")


def test_nothing_compared_is_no_success():
    program = '@T.prim_func\ndef main(A: T.Buffer((8,), "int32")):\n    A[8] = 1\n'
    message = _failure(program, "c")
    assert message.startswith("no two stages could be run:\ninput : its Python program stops with")

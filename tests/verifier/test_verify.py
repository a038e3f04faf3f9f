"""Running the stages of a pipeline: wrong passes are named, right ones are not."""

import pytest

import viz
from tests.support.builds import recorded
from tests.support.programs import outputs
from tests.support.programs.examples import parsed
from tests.support.programs.wrong_passes import PASSES
from viz.frontend.examples import examples
from viz.model import VerifyPart
from viz.passes.recording import record, record_passes
from viz.verifier.verify import verification


@pytest.mark.parametrize("about", PASSES)
def test_a_wrong_pass_is_named_with_its_node_and_the_users_line(about):
    case = PASSES[about]
    program = outputs.read(case.program)
    recording = record_passes(program.mod, case.passes, "c")
    found = verification(program, "main", recording, VerifyPart())
    assert found.wrong is not None, [stage.verdict for stage in found.stages]
    assert found.wrong.name == "test.Wrong"
    writer = found.wrong.fault
    assert writer is not None
    assert writer.python.startswith(case.python), writer.python
    assert writer.own_text == case.own_text
    assert (found.wrong.writer_before is not None) == case.is_gone


EXAMPLES = [
    ("add_one", "c"),
    ("loop_kinds", "c"),
    ("dynamic_add", "c"),
    ("argmax", "cuda"),
    ("rope", "cuda"),
    ("transpose_shared", "cuda"),
    ("tirx_warps", "cuda"),
]


@pytest.mark.parametrize(("name", "target"), EXAMPLES)
def test_the_passes_of_tvm_are_right(name, target):
    found = verification(parsed(name), "main", recorded(name, target), VerifyPart())
    assert found.passed
    assert str(found.reference) == "the NumPy reference"
    verdicts = {stage.name: stage for stage in found.stages}
    assert {stage.verdict for stage in found.stages} <= {"right", "same", "unable"}
    if target == "c":
        # All but what lowers TVM's own calling convention.
        assert {n for n, s in verdicts.items() if s.verdict == "unable"} == {
            "tirx.MakePackedAPI",
            "tirx.FP8StorageLegalize",
            "tirx.Filter",
            "tirx.LowerTVMBuiltin",
        } - ({"tirx.Filter"} - set(verdicts))
    else:
        assert verdicts["tirx.SplitHostDevice"].verdict == "right"
        assert "kernels" in str(verdicts["tirx.MakePackedAPI"].why)


def test_sizes_that_nobody_chose_are_small():
    text = (
        "@T.prim_func(s_tir=True)\n"
        "def main(a: T.handle, b: T.handle):\n"
        "    n = T.int32()\n"
        '    A = T.match_buffer(a, (n, n), "int32")\n'
        '    B = T.match_buffer(b, (n, n, n), "int32")\n'
        "    for i, j, k in T.grid(n, n, n):\n"
        "        B[i, j, k] = A[i, j] + A[j, k]\n"
    )
    program = outputs.read(text)
    recording = record(program.mod, "c")
    found = verification(program, "main", recording, VerifyPart())
    assert found.passed
    assert found.sizes == {"n": 13}
    chosen = verification(program, "main", recording, VerifyPart(sizes={"n": 3}))
    assert chosen.sizes == {"n": 3}
    assert chosen.stages[0].rounds == 3 + 9 + 27
    few = verification(program, "main", recording, VerifyPart(sizes={"n": 9}, rounds=100))
    assert {stage.verdict for stage in few.stages} == {"unable"}
    assert "at most 100 are run" in str(few.stages[0].why)


def test_a_program_that_is_wrong_itself_blames_no_pass():
    text = examples()["add_one"].text.replace("return A + 1", "return A + 2")
    program = outputs.read(text)
    found = verification(program, "main", record(program.mod, "c"), VerifyPart())
    assert found.wrong is not None
    assert found.wrong.stage == "input"
    assert "No pass is to blame" in str(found.wrong.what)
    assert [stage.verdict for stage in found.stages][:2] == ["wrong", "same"]
    assert found.wrong.fault.own_text in text


def test_a_jailed_process_answers():
    found = viz.verify(examples()["if_double"].text, "c")
    assert found.passed
    assert found.stages[0].verdict == "right"

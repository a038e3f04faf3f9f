"""The program after each step of a schedule is run: right, the same, wrong, or not to be run."""

import pytest

from tests.support.programs.schedules import MATMUL, STEPS, replayed
from viz.errors import RunError
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.frontend.schedule.code import schedule_of
from viz.ir.parse import parse
from viz.ir.walker import Walks
from viz.passes.recording import record
from viz.passes.schedule.replay import replay
from viz.verifier import schedule_steps
from viz.verifier.schedule_steps import step_verdicts
from viz.verifier.stage_programs import StagePrograms


def verdicts(steps, head=MATMUL, name="matmul"):
    parsed, scheduled = replayed(steps, head)
    assert scheduled.failure is None, scheduled.failure
    return [(each.stage, each.verdict) for each in step_verdicts(parsed, name, scheduled)]


def test_steps_that_keep_what_a_program_computes_are_right():
    found = verdicts(STEPS)
    assert len(found) == 25
    assert {verdict for _, verdict in found} == {"right", "same"}
    assert [stage for stage, verdict in found if verdict == "same"] == [7, 8, 9, 10, 18, 23]


def test_a_step_that_changes_what_a_program_computes_is_wrong():
    wrong = 'sch.unsafe_set_dtype(for_a, 0, "int8")\nsch.unroll(k1)\n'
    found = verdicts(STEPS.partition("init =")[0] + wrong)
    assert found[-3:] == [(21, "right"), (22, "wrong"), (23, "wrong")]


def test_what_cannot_be_run_is_said(monkeypatch):
    monkeypatch.setattr(schedule_steps, "SECONDS", -1.0)
    assert {verdict for _, verdict in verdicts(STEPS)} == {"unable"}
    free = MATMUL.replace("C[vi, vj] + A[vi, vk]", 'T.call_extern("float32", "g", C[vi, vj])')
    with pytest.raises(RunError):
        verdicts("b = sch.get_block('C')\nsch.unroll(sch.get_loops(b)[0])\n", free)


def test_the_default_schedule_is_a_stage_of_its_own():
    for name, steps, expected in (
        ("reduce_sum", "", ["input", "scheduled", 1]),
        ("reduce_sum", "sch.unroll(sch.get_loops(sch.get_block('sum'))[1])", ["input", 1]),
        ("matmul_gpu", "", ["input", 1]),
    ):
        below = f"\ndef schedule(sch):\n    {steps}\n" if steps else ""
        program = read(examples()[name].text + below)
        parsed = parse(program)
        code = schedule_of(program.schedules, parsed.definition)
        scheduled = replay(parsed.mod, code, {}) if code else None
        recording = record(parsed.mod, "cuda", scheduled=scheduled)
        walks = Walks(parsed.user_span)
        found = StagePrograms(recording, "main", recording.stage, walks).stages()
        numbers = [stage for stage, _ in found]
        kept = [stage for stage in numbers if stage in ("input", "scheduled", 1, 2)]
        assert kept[: len(expected)] == expected, (name, kept)
        if steps:
            assert numbers.index(1) < numbers.index("scheduled")

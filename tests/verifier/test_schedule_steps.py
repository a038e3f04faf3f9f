"""The program after each step of a schedule is run: right, the same, wrong, or not to be run."""

import pytest

from tests.support.programs.schedules import MATMUL, STEPS, replayed
from viz.emulator import library
from viz.errors import RunError
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.frontend.schedule.code import schedule_of
from viz.ir.parse import parse
from viz.ir.walker import Walks
from viz.messages import message_of
from viz.passes.recording import record
from viz.passes.schedule.replay import replay
from viz.passes.step import Step
from viz.verifier import schedule_steps
from viz.verifier.schedule_steps import StepChecker, StepFound, step_verdicts
from viz.verifier.stage_programs import StagePrograms


def verdicts(steps, head=MATMUL, name="matmul"):
    parsed, scheduled = replayed(steps, head)
    assert scheduled.failure is None, scheduled.failure
    return [(each.stage, each.verdict) for each in step_verdicts(parsed, name, scheduled)]


def test_steps_that_keep_what_a_program_computes_are_right():
    found = verdicts(STEPS)
    assert len(found) == 25
    assert {verdict for _, verdict in found} == {"right", "same"}
    # What is bound to blocks alone is the same program in order.
    assert [stage for stage, verdict in found if verdict == "same"] == [7, 8]


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


RACING = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((32,), "float32"), B: T.Buffer((1,), "float32")):
    for t in LOOP:
        B[0] = A[t]
"""


@pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))
def test_the_emulator_finds_a_race_that_a_step_brings_in():
    # In order the last element stays. Threads that write one element have no order, even where the
    # one that comes last on the emulator is the last element's.
    serial = parse(read(RACING.replace("LOOP", "range(32)")))
    threads = 'T.thread_binding(32, thread="threadIdx.x")'
    bound = parse(read(RACING.replace("LOOP", threads)))
    found = StepChecker(serial, "main", {}).emulated(
        Step("bind", serial.mod, bound.mod, 0.0, "schedule")
    )
    assert (found.verdict, found.by) == ("wrong", "emulator")
    assert "B[0]" in found.why.text()


def test_what_the_emulator_cannot_run_keeps_its_verdict(monkeypatch):
    why = message_of("unable-time", seconds=60.0)
    monkeypatch.setattr(StepChecker, "emulated", lambda self, step: StepFound("unable", why))
    parsed, scheduled = replayed(STEPS, MATMUL)
    *_, last = step_verdicts(parsed, "matmul", scheduled, emulated=True)
    assert (last.verdict, last.by) == ("right", "interpreter")
    assert why.text() in last.why.text()


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


def scaled(value, shape="(64, 16)", loops="for i, j in T.grid(*{shape}):"):
    """A program that makes each element of C a value; its loops are i and j."""
    return f"""
@T.prim_func
def f(A: T.Buffer({shape}, "float32"), C: T.Buffer({shape}, "float32")):
    {loops.format(shape=shape)}
        with T.block("C"):
            vi, vj = T.axis.remap("SS", [i, j])
            T.reads(A[vi, vj])
            T.writes(C[vi, vj])
            C[vi, vj] = {value}

sch = tvm.tir.Schedule(f)
"""


BIND = """
block = sch.get_block("C")
i, j = sch.get_loops(block)
sch.bind(i, "blockIdx.x")
sch.bind(j, "threadIdx.x")
"""
TWICE = "A[vi, vj] * T.float32(2)"


def found(steps, head, last=None):
    """Verdicts of steps; the last one made something else where that is given."""
    parsed, scheduled = replayed(steps, head)
    assert scheduled.failure is None, scheduled.failure
    if last is not None:
        step = scheduled.steps[-1]._replace(after=replayed(steps, last)[1].steps[-1].after)
        scheduled = scheduled._replace(steps=(*scheduled.steps[:-1], step))
    return step_verdicts(parsed, "f", scheduled)


def test_llvm_runs_a_step_until_a_thread_is_bound_and_then_the_interpreter():
    # A block alone is no thread yet.
    assert [(each.stage, each.verdict, each.by) for each in found(BIND, scaled(TWICE))] == [
        (3, "same", "llvm"),
        (4, "right", "interpreter"),
    ]


def test_threads_all_at_once_are_not_what_they_are_in_order():
    # In order each element adds the one before it, a prefix sum; threads that read all at once
    # find what was there before any of them.
    sums = "A[vi, vj] + T.if_then_else(vj > 0, C[vi, vj - 1], T.float32(0))"
    note = "i, j = sch.get_loops(sch.get_block('C'))\nsch.annotate(j, 'note', 1)\n"
    bound = "for i in range(64):\n     for j in T.thread_binding(16, 'threadIdx.x'):"
    (kept,) = found(note, scaled(sums))
    (wrong,) = found(note, scaled(sums), scaled(sums, loops=bound))
    assert (kept.verdict, kept.by) == ("right", "llvm")
    assert (wrong.verdict, wrong.by) == ("wrong", "interpreter")
    assert "before all steps" in str(wrong.why)


def test_of_a_large_grid_some_blocks_run_the_first_and_the_last_among_them():
    # 1,024 threads run at once: 64 blocks of 16.
    shape = "(4096, 16)"
    right = found(BIND, scaled(TWICE, shape))[-1]
    assert (right.verdict, str(right.why)) == (
        "right",
        "64 of 4,096 blocks, from the first to the last",
    )
    last = f"T.if_then_else(vi < 4095, {TWICE}, T.float32(0))"
    wrong = found(BIND, scaled(TWICE, shape), scaled(last, shape))[-1]
    assert (wrong.verdict, wrong.by) == ("wrong", "interpreter")
    assert str(wrong.why).startswith("C[4095, 0] is 0.0")
    assert "; 16 of 65,536 elements" in str(wrong.why)


def test_an_access_outside_of_a_buffer_is_found():
    outside = "T.if_then_else(vi * 16 + vj < 1024, A[vi + 1, vj], T.float32(0))"
    wrong = found(BIND, scaled(TWICE), scaled(outside))[-1]
    assert str(wrong.why) == "a thread accesses A outside of its elements"


def test_what_threads_cannot_do_at_once_runs_in_order_with_a_remark():
    # After cache_write the copy to C stands outside of the threads, of which only some would run.
    steps = BIND + 'sch.cache_write(block, 0, "local")\n'
    last = found(steps, scaled(TWICE, "(4096, 16)"))[-1]
    assert (last.verdict, last.by) == ("right", "llvm")
    assert "outside of the kernel" in str(last.why)
    assert [each.by for each in found(steps, scaled(TWICE))][-1] == "interpreter"


def test_sizes_that_nobody_chose_are_made_smaller_where_there_are_too_many_rounds(monkeypatch):
    monkeypatch.setattr(schedule_steps, "SECONDS_OF_STEP", 60.0)  # on a busy machine
    # Of 100 by 100 by 100 each thread would add 10,000 times; of 37 by 37 by 37 it adds 1,369
    # times.
    sums = """
@T.prim_func
def f(a: T.handle, c: T.handle):
    n, m, k = T.int32(), T.int32(), T.int32()
    A = T.match_buffer(a, (n, m, k), "float32")
    C = T.match_buffer(c, (n,), "float32")
    for i, j, l in T.grid(n, m, k):
        with T.block("C"):
            vi, vj, vl = T.axis.remap("SRR", [i, j, l])
            with T.init():
                C[vi] = T.float32(0)
            C[vi] = C[vi] + A[vi, vj, vl]

sch = tvm.tir.Schedule(f)
"""
    bind = "sch.bind(sch.get_loops(sch.get_block('C'))[0], 'threadIdx.x')\n"
    (right,) = found(bind, sums)
    assert (right.verdict, right.by, str(right.why)) == (
        "right",
        "interpreter",
        "at n = 37, m = 37, k = 37",
    )

"""``tirscope schedule``: steps of a file, of another one, the default ones, and what goes wrong."""

import pytest

from tests.support.programs.costs.planted_programs import CACHED
from viz import cli
from viz.frontend.examples import examples

PROGRAM = examples()["reduce_sum"].text
STEPS = """
b = sch.get_sblock("sum")
i, k = sch.get_loops(b)
sch.bind(i, "blockIdx.x")
"""


@pytest.fixture
def shell(capfd, tmp_path):
    def run(*options, text=PROGRAM, steps=""):
        program, other = tmp_path / "program.py", tmp_path / "steps.py"
        program.write_text(text, encoding="utf-8")
        other.write_text(steps, encoding="utf-8")
        more = ["--steps", str(other)] if steps else []
        status = cli.main(["schedule", str(program), *more, *options])
        shown = capfd.readouterr()
        return status, shown.out, shown.err

    return run


def test_steps_are_followed_verified_and_shown_as_loops(shell):
    status, out, _ = shell("--verify", steps=STEPS)
    assert status == 0
    assert '3 * sch.bind(i, "blockIdx.x")  = right, same program (LLVM)' in out
    assert "for i < 64 · blockIdx.x" in out
    assert "sum: A → S Σ" in out
    assert "blockIdx.x" not in shell("--at", "2", steps=STEPS)[1].split("\n\n")[1]


def test_each_step_is_a_stop_with_its_text_its_tree_and_what_it_changed(shell):
    bound = 'T.thread_binding(64, thread="blockIdx.x")'
    assert bound in shell("--show", "script", steps=STEPS)[1]
    assert bound not in shell("--show", "script", "--at", "2", steps=STEPS)[1]
    status, diff, _ = shell("--show", "diff", "--lang", "zh", steps=STEPS)
    assert status == 0
    assert diff.startswith("--- 步骤 2\n+++ 步骤 3\n")
    assert "-        for i, k in T.grid(64, 512):" in diff
    assert f"+        for i in {bound}:" in diff
    status, out, err = shell("--show", "diff", "--at", "1", steps=STEPS)
    assert (status, out) == (0, "")
    assert "step 1 changed nothing" in err
    assert "For i in range(64)" in shell("--show", "tree", "--at", "0", steps=STEPS)[1]
    # What stands above a step that fails can be shown all the same.
    failing = STEPS + "sch.split(i, [None, None])\n"
    assert bound in shell("--show", "script", "--at", "3", steps=failing)[1]
    status, out, err = shell("--show", "script", "--at", "4", steps=failing)
    assert (status, out) == (2, "")
    assert "no program after step 4" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tune"], "--tune is of no effect without --search"),
        (["--by", "cost"], "--by is of no effect without --search"),
        (["--show", "tree", "--cost"], "--show is of no effect beside --cost"),
        (["--at", "1", "--search", "2"], "--at is of no effect beside --search"),
    ],
)
def test_an_option_that_would_be_of_no_effect_is_refused(shell, options, said):
    status, out, err = shell(*options)
    assert (status, out) == (2, "")
    assert said in err


def test_the_default_schedule_is_steps_that_do_the_same(shell):
    _, offered, _ = shell("--offer", "--target", "cuda")
    assert offered.startswith("def schedule(sch: s_tir.Schedule):\n    b0 = sch.get_sblock")
    status, out, _ = shell(steps=offered)
    assert status == 0
    assert "threadIdx.x" in out


def test_a_step_that_fails_is_shown_at_its_line(shell):
    status, out, err = shell(steps=STEPS + "sch.split(i, [None, None])\nsch.unroll(k)\n")
    assert status == 1
    assert "4 ✗ sch.split" in out
    assert "sch.unroll" not in out
    assert "only one factor may be None" in err
    assert "^^^" in err


def test_a_schedule_for_a_gpu_is_none_for_a_cpu(shell, capfd, tmp_path):
    file = tmp_path / "both.py"
    file.write_text(PROGRAM + "\ndef schedule(sch):" + STEPS.replace("\n", "\n    "))
    assert cli.main(["source", str(file), "--target", "c"]) == 0
    assert "the schedule binds loops to GPU threads" in capfd.readouterr().err
    assert cli.main(["source", str(file), "--target", "cuda"]) == 0
    assert "blockIdx.x" in capfd.readouterr().out


def test_a_scheduled_program_is_compared_with_what_it_was(capfd, tmp_path):
    file = tmp_path / "run.py"
    steps = "\ndef schedule(sch):" + STEPS.replace("\n", "\n    ")
    file.write_text(PROGRAM.partition("def reference")[0] + steps, encoding="utf-8")
    assert cli.main(["run", str(file), "--device", "cuda-emulated"]) == 0
    assert "compared with the same program through LLVM" in capfd.readouterr().out


def test_the_cost_of_each_step_names_the_one_that_brought_it_in(shell):
    status, out, _ = shell("--cost", text=CACHED + 'sch.bind(ax1, "threadIdx.x")\n')
    assert status == 0
    # 32 lanes read a column of the cache, whose rows are a multiple of 32 words: one bank.
    assert "load of A_shared: 31 bank conflicts a request, since step 9, cache_read" in out
    assert "load of A: 4 sectors a request, since step 12, bind" in out
    assert "step 10, compute_at" in out.split("\n\n")[0]


def test_what_a_step_can_do_is_printed_and_can_be_taken_over(shell):
    status, out, _ = shell("--what", "i")
    assert status == 0
    assert "What a step can do with the loop i after step 0:" in out
    step = "i_0, i_1 = sch.split(i, factors=[None, 16])"
    assert step in out
    assert "✗ rfactor" in out
    lines = [line.strip() for line in out.splitlines() if "sch.get_" in line][:2]
    assert shell(steps="\n".join([*lines, step]))[0] == 0
    status, _, err = shell("--what", "nothing")
    assert status != 0
    assert "no loop, block or buffer nothing" in err


def test_schedules_are_searched_measured_and_given_as_steps(shell):
    status, out, _ = shell("--search", "2")
    assert status == 0
    assert "as it is written" in out
    assert out.count(" ms") == 3  # the two that were drawn, and the program itself
    assert "2 schedules were measured, of " in out
    assert "with seed 0." in out
    steps = out[out.index("def schedule(") :]
    status, out, _ = shell("--verify", steps=steps)
    assert status == 0
    assert "✗" not in out
    # In generations: MetaSchedule's evolution runs in the jail, too.
    assert "✓ meta_schedule" in shell("--search", "2", "--tune")[1]
    status, _, err = shell("--search", "100")
    assert status != 0
    assert "1 to 64" in err
    status, _, err = shell("--search", "2", "--by", "cost", "--tune")
    assert status != 0
    assert "tuned by time alone" in err

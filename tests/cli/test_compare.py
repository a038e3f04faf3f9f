"""``tirscope compare``: exit statuses as of diff, a summary first, and sides of all kinds."""

import json

import msgspec
import pytest

from tests.support.legacy import needs_second_engine
from viz import cli
from viz.frontend.examples import examples
from viz.model import ProgramComparison

ADD = examples()["vector_add"].text
TIMES = ADD.replace("A[vi] + B[vi]", "A[vi] * B[vi]")
STEPS = (
    'b = sch.get_sblock("add")\ni, = sch.get_loops(b)\nj, k = sch.split(i, factors=[None, 64])\n'
)
SCHEDULED = f"{ADD}\n\ndef schedule(sch):\n" + "".join(f"    {s}\n" for s in STEPS.splitlines())


@pytest.fixture
def shell(capfd, tmp_path):
    def run(*options, a=ADD, b=None, steps=""):
        files = [tmp_path / "a.py", *([tmp_path / "b.py"] if b is not None else [])]
        for file, text in zip(files, (a, b), strict=False):
            file.write_text(text, encoding="utf-8")
        more = []
        if steps:
            (tmp_path / "steps.py").write_text(steps, encoding="utf-8")
            more = ["--steps-b", str(tmp_path / "steps.py")]
        status = cli.main(["compare", *map(str, files), *more, *options])
        shown = capfd.readouterr()
        return status, shown.out, shown.err

    return run


def rows(out):
    """The rows of the summary, without their alignment."""
    return [" ".join(line.split()) for line in out.split("\n\n")[1].splitlines()]


def test_a_program_is_the_same_as_itself_and_as_one_with_other_comments(shell):
    status, out, _ = shell("--run")
    assert status == 0
    assert rows(out) == [
        "= text the same lines",
        "= program the same 56 nodes",
        "= C, lowered tree the same 771 nodes",
        "= C, source the same lines",
        "= output C, c largest difference 0, within the tolerance",
    ]
    commented = ADD.replace("    @T.prim_func", "    # adds\n    @T.prim_func", 1)
    status, out, _ = shell("-q", b=commented)
    assert status == 0
    assert rows(out)[:2] == ["≠ text lines: 1 only in B", "= program the same 56 nodes"]


def test_one_operator_is_named_in_every_text_and_in_what_is_computed(shell):
    status, out, _ = shell("--targets", "c", "cuda", "--run", b=TIMES)
    assert status == 1
    summary = rows(out)
    assert "≠ program nodes: 1 changed, 55 the same" in summary
    assert "= CUDA, Host code (C) the same lines" in summary
    assert any(row.startswith("≠ output C, cuda-emulated 4,096 elements differ") for row in summary)
    assert "~ Add + (line " in out
    assert "-    C[i] = (A[i] + B[i]);\n+    C[i] = (A[i] * B[i]);" in out


def test_two_targets_of_one_file_stand_beside_each_other(shell):
    status, out, _ = shell("--targets", "c", "cuda", "--run", "-q")
    assert status == 1
    summary = rows(out)
    assert "= program the same 56 nodes" in summary
    assert "= output C, c | cuda-emulated largest difference 0, within the tolerance" in summary
    assert "≠ C | CUDA, Host code (C) only in B" in summary


def test_two_schedules_of_one_program(shell):
    """The loop is split on one side alone; what it computes is the same."""
    status, out, _ = shell("--run", "-q", steps=STEPS)
    assert status == 1
    assert "= output C, c largest difference 0, within the tolerance" in rows(out)
    without = shell("--no-schedule-a", "-q", a=SCHEDULED, b=ADD)
    assert without[0] == 0
    assert shell("-q", a=SCHEDULED, b=ADD)[0] == 1


def test_the_data_are_those_of_the_library(shell):
    status, out, _ = shell("--json", b=TIMES)
    assert status == 1
    comparison = msgspec.convert(json.loads(out), ProgramComparison, strict=False)
    assert [pair.kind for pair in comparison.tree.pairs if pair.kind != "kept"] == ["changed"]


@pytest.mark.parametrize(
    ("options", "texts", "said"),
    [
        (("-q",), {"b": "def f(:\n"}, "b.py:1"),
        (("-q",), {"b": "import os\nos.system('x')\n"}, "error"),
        (("-q", "--definition-b", "nobody"), {"b": ADD}, "nobody"),
        (("-q",), {"a": "\x1b]0;title\x07"}, "error"),
    ],
)
def test_trouble_with_a_side_is_told_and_ends_with_two(shell, options, texts, said):
    status, out, err = shell(*options, **texts)
    assert status == 2
    assert said in err
    assert "\x1b" not in out + err


@needs_second_engine
def test_two_generations_of_one_file(shell):
    status, out, _ = shell("--engine-a", "2024", "--run", "-q")
    assert status == 1
    assert out.startswith("A  ")
    assert "· 2024" in out.splitlines()[0]
    assert "= output C, c largest difference 0, within the tolerance" in rows(out)

"""``lower`` and ``ast`` for stages that were recorded elsewhere."""

import json

import pytest

from tests.support.programs.relax.dumped import archive
from viz import cli
from viz.frontend.examples import examples

FIRST = examples()["vector_add"].text
SECOND = FIRST.replace("A[vi] + B[vi]", "A[vi] * B[vi]")
FILES = {
    "000_tirx.BindTarget.py": FIRST,
    "001_tirx.Simplify.py": FIRST,
    "002_tirx.FlattenBuffer.py": SECOND,
    "report.html": "<p>",
}


@pytest.fixture(params=["folder", "archive"])
def shell(request, capfd, tmp_path):
    path = tmp_path / "dump"
    if request.param == "folder":
        path.mkdir()
        for name, text in FILES.items():
            (path / name).write_text(text, encoding="utf-8")
    else:
        path.write_bytes(archive(FILES))

    def run(command, *options):
        status = cli.main([command, str(path), *options])
        shown = capfd.readouterr()
        return status, shown.out, shown.err

    return run


def test_lower_lists_stages_and_prints_them_and_their_diffs(shell):
    status, out, err = shell("lower")
    rows = [" ".join(row.split()) for row in out.splitlines()[1:]]
    assert status == 0
    assert rows == [
        "1 * 000_tirx.BindTarget.py 1 tirx.BindTarget",
        "2 001_tirx.Simplify.py 1",
        "3 * 002_tirx.FlattenBuffer.py +1 -1 1 tirx.FlattenBuffer",
    ]
    assert "1 file is no stage" in err
    assert "report.html: left out: no file of a stage" in shell("lower", "-v")[2]
    assert len(shell("lower", "--changed")[1].splitlines()) == 3
    assert shell("lower", "--stage", "2")[1] == FIRST
    status, out, _ = shell("lower", "--stage", "flatten", "--diff")
    assert out.splitlines()[:2] == ["--- 2 001_tirx.Simplify.py", "+++ 3 002_tirx.FlattenBuffer.py"]
    assert [line[0] for line in out.splitlines()[2:] if "[vi]" in line] == ["-", "+"]
    assert shell("lower", "--diff")[1] == out
    assert json.loads(shell("lower", "--json")[1])["stages"][2]["pass_name"] == "tirx.FlattenBuffer"


def test_ast_draws_a_stage(shell):
    assert "Add +" in shell("ast")[1]
    assert "Mul *" in shell("ast", "--stage", "3")[1]
    assert "Mul *" in shell("ast", "--stage", "final")[1]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("run",), "recorded elsewhere"),
        (("lower", "--verify"), "--verify does not go with it"),
        (("lower", "--kernels"), "--kernels does not go with it"),
        (("lower", "--target", "cuda"), "--target does not go with it"),
        (("lower", "--stage", "9"), "there is no stage '9'"),
        (("lower", "--stage", "tirx"), "several stages"),
        (("lower", "--stage", "1", "--diff"), "the first that was recorded"),
        (("lower", "--function", "nope"), "no stage has a function 'nope'"),
    ],
)
def test_what_does_not_go_is_said(shell, asked, words):
    status, out, err = shell(*asked)
    assert (status, out) == (2, "")
    assert words in err


def test_a_program_still_needs_a_target(capfd):
    assert cli.main(["lower", "examples/vector_add.py"]) == 2
    assert "--target" in capfd.readouterr().err

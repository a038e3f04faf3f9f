"""``run`` with references, tolerances, files and pictures of one's own."""

import json

import numpy as np

from viz.cli import main

WRONG = """@T.prim_func
def f(A: T.Buffer((2, 4, 5), "float32"), B: T.Buffer((2, 4, 5), "float32")):
    for i, j, k in T.grid(2, 4, 5):
        B[i, j, k] = A[i, j, k] / T.if_then_else(i == 1, T.float32(0), T.float32(1))

def reference(A):
    return A
"""


def test_a_wrong_run_is_told_drawn_and_saved_and_its_inputs_run_again(capsys, tmp_path):
    program, own = tmp_path / "<b>.py", tmp_path / "own.py"
    program.write_text(WRONG)
    own.write_text("def reference(A):\n    return A / np.array([1, 0], 'float32')[:, None, None]\n")
    npz, csv, svg = (tmp_path / f"run.{kind}" for kind in ("npz", "csv", "svg"))
    command = ["run", str(program), "--rtol", "0.001"]
    saved = ["--save", str(npz), "--save", f"B={csv}", "--picture", str(svg), "--time"]
    assert main([*command, *saved]) == 1
    out = capsys.readouterr().out
    for words in (
        "20 elements differ, first at [1, 0, 0]: got",
        "inf",
        "tolerance: you set this tolerance",
        "steps of float32 apart",
        "times the median",
    ):
        assert words in out
    drawn = svg.read_text()
    assert drawn.count("<path") == 40  # infinities of the output and of the error
    assert "20 of 40 elements are wrong, between [1, 0, 0] and [1, 3, 4]" in drawn
    assert len(csv.read_text().splitlines()) == 41
    with np.load(npz) as kept:
        given = kept["input.A"]

    again = [*command, "--array", str(npz), "--reference", str(own), "--json"]
    assert main(again) == 0
    outcome = json.loads(capsys.readouterr().out)
    assert outcome["reference_kind"] == "own"
    assert outcome["inputs"][0]["head"] == given.ravel()[:8].tolist()
    assert main([*command, "--reference", "python"]) == 0
    assert "before any pass, through Python" in capsys.readouterr().out


def test_what_cannot_be_written_is_said(capsys, tmp_path):
    program = tmp_path / "p.py"
    program.write_text(WRONG)
    for option, words in (
        ("--save=run.txt", "names no file to write"),
        ("--save=Z=z.csv", "there is no output Z"),
        (f"--save={tmp_path}/none/run.npz", "cannot be written"),
        ("--reference=none.py", "none.py"),
    ):
        assert main(["run", str(program), option]) > 0
        assert words in capsys.readouterr().err

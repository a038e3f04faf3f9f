"""``lower --verify``."""

import json
from pathlib import Path

from viz import cli
from viz.frontend.examples import examples

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_right_passes_one_a_row(capsys):
    assert cli.main(["lower", str(EXAMPLES / "dynamic_add.py"), "--target", "c", "--verify"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].split() == ["✓", "your", "program", "right"]
    assert rows[1].split()[:3] == ["1", "=", "tirx.BindTarget"]
    assert any("tirx.MakePackedAPI" in row and "cannot run" in row for row in rows)
    assert rows[-1].startswith("pass: ")
    assert rows[-1].endswith("compared with the NumPy reference")


def test_what_is_wrong_is_shown_with_its_line(tmp_path, capsys):
    file = tmp_path / "program.py"
    file.write_text(examples()["add_one"].text.replace("return A + 1", "return A + 2"))
    assert cli.main(["lower", str(file), "--target", "c", "--verify"]) == 1
    out = capsys.readouterr().out
    assert "FAIL: your program: B[0] is " in out
    assert "written by BufferStore" in out
    assert "B[vi] = A[vi] + 1.0" in out
    assert cli.main(["lower", str(file), "--target", "c", "--verify", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["wrong"]["writer"]["line"]


def test_a_race_is_replayed(capsys):
    file = str(EXAMPLES / "wrong" / "lost_sum.py")
    assert cli.main(["run", file, "--device", "cuda-emulated", "--replay"]) == 1
    out = capsys.readouterr().out
    assert (
        "! (31, 0, 0)   reads total_1[0]" in out
    )  # the last lane that reads before the first writes
    assert "where each is held before it writes" in out

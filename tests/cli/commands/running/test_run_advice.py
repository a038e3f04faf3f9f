"""``run --advise``: edits of the text after which its accesses cost less."""

import json

from tests.support.programs.costs.flawed_kernels import KERNELS
from viz.cli import main


def test_an_edit_is_printed_as_a_diff_with_what_was_measured(capsys, tmp_path):
    program = tmp_path / "columns.py"
    program.write_text(KERNELS["columns on lanes"].text)
    assert main(["run", str(program), "--device", "cuda-emulated", "--advise"]) == 0
    out = capsys.readouterr().out
    assert "line 8: Bind c to threadIdx.x, and r to blockIdx.x" in out
    assert "load of A: 8,192 → 1,024 sectors" in out
    assert "store to B: 8,192 → 1,024 sectors" in out
    assert '+    for c in T.thread_binding(64, thread="threadIdx.x"):' in out
    assert '-    for c in T.thread_binding(64, thread="blockIdx.x"):' in out


def test_advice_for_programs(capsys, tmp_path):
    program = tmp_path / "wrong.py"
    wrong = KERNELS["columns on lanes"].text.replace("return A\n", "return A + 1\n")
    program.write_text(wrong)
    assert main(["run", str(program), "--device", "cuda-emulated", "--advise", "--json"]) == 1
    advice = json.loads(capsys.readouterr().out)
    assert advice["passed"] is False
    assert "suggestions" not in advice or not advice["suggestions"]

"""The device Python: the program as our own codegen writes it, run in the jail, within a limit."""

import pytest

import viz
from viz import cli
from viz.errors import RunError
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.model import Request, RunPart
from viz.runtime import run as run_module
from viz.runtime.python_device import program as python_program


def test_integers_are_those_of_llvm_in_the_jail():
    """Without a reference the outputs are compared with those of LLVM: to the bit."""
    text = (
        "@T.prim_func\ndef main(A: T.Buffer((64,), 'int8'), B: T.Buffer((64,), 'int8'), n: T.int32):\n"
        "    for i in range(64):\n"
        "        B[i] = A[i] * T.int8(99) - T.Cast('int8', T.truncdiv(n, 3) + i // 5)\n"
    )
    outcome = viz.run(text, "python")
    assert outcome.passed
    assert [(each.name, each.max_abs) for each in outcome.comparisons] == [("B", 0.0)]
    assert "LLVM" in outcome.reference.text()


STOPPED = {
    "more than 1,000 rounds": "for i in range(1001):\n        A[0] = i",
    "more than 1,000 rounds ": "while A[0] < 99:\n        A[1] = 1",
    "line 3: IndexError": "for i in range(9):\n        A[i] = 1  # here",
    "line 3: OverflowError": "for i in range(2):\n        A[i] = i + 2147483647  # here",
    "after 0 seconds": "for i in range(8):\n        A[i] = 1",
}


@pytest.mark.parametrize("why", STOPPED)
def test_what_stops_it_is_named_with_the_line_of_the_text(why, monkeypatch):
    monkeypatch.setattr(python_program, "MOST_ROUNDS", 1000)
    if "seconds" in why:
        monkeypatch.setattr(python_program, "MOST_SECONDS", 0.0)
    text = f"@T.prim_func\ndef main(A: T.Buffer((8,), 'int32')):\n    {STOPPED[why]}\n"
    with pytest.raises(RunError, match=why.strip()) as caught:
        run_module.run(parse(read(text)), "main", Request(part=RunPart(device="python")))
    if "line" in why:
        assert "# here" in text[caught.value.span.start :].splitlines()[0]
    else:
        assert "smaller sizes" in caught.value.hint


def test_a_node_without_a_rule_is_named_with_its_line():
    text = (
        "@T.prim_func\ndef main(A: T.Buffer((8,), 'float32')):\n"
        "    A[0] = T.call_pure_extern('float32', 'lgammaf', A[1])\n"
    )
    with pytest.raises(RunError, match=r"tirx\.call_pure_extern: it is an instruction") as caught:
        run_module.run(parse(read(text)), "main", Request(part=RunPart(device="python")))
    assert text[caught.value.span.start :].startswith("T.call_pure_extern")


def test_the_command_runs_a_kernel_of_many_threads(capsys, tmp_path):
    file = tmp_path / "kernel.py"
    file.write_text(examples()["transpose_shared"].text)
    assert cli.main(["run", str(file), "--device", "python"]) == 0
    assert "ran on Python" in capsys.readouterr().out

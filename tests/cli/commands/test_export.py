"""``export`` runs a script and writes its model as Relax text; its help says that it runs it."""

import ast
from pathlib import Path

import pytest

from viz import cli

MODEL = Path(__file__).resolve().parents[2] / "cases" / "exporting" / "tvm_model.py"


@pytest.fixture
def export(capsys, monkeypatch, tmp_path):
    """Return what a run of ``tirscope export`` in an empty folder returns and prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def run(*arguments):
        status = cli.main(["export", *arguments])
        return status, *capsys.readouterr()

    return run


def test_a_script_is_run_and_its_model_written(export, tmp_path):
    script = tmp_path / "net.py"
    script.write_text("import sys\nprint('run', sys.argv[0])\n" + MODEL.read_text())
    status, out, err = export("net.py", "-o", "model.py")
    assert (status, out) == (0, "")
    assert err.splitlines() == [
        f"run {script}",
        "note: 24 of 25 statements say which part of Net they come from",
    ]
    written = (tmp_path / "model.py").read_text()
    assert "# from self (Net), net.py:36: return op.exp(x)" in written
    assert ast.parse(written)


def test_an_error_of_the_script_is_shown_at_its_line(export, tmp_path):
    (tmp_path / "net.py").write_text("x = 1\nmodel = undefined\n")
    status, out, err = export("net.py", "--lang", "zh", "-v")
    assert (status, out) == (1, "")
    lines = err.splitlines()
    assert "NameError: name 'undefined' is not defined" in lines  # Python's traceback
    shown = lines.index("错误：NameError: name 'undefined' is not defined")
    assert lines[shown + 1].strip() == "--> net.py:2:1"


def test_standard_input_is_not_run(export, monkeypatch):
    class Empty:
        buffer = type("Buffer", (), {"read": lambda self: b"raise SystemExit"})()

    monkeypatch.setattr("sys.stdin", Empty())
    status, _, err = export("-")
    assert status == 2
    assert "stands in a file" in err


def test_the_help_says_that_the_script_is_run(export, capsys):
    with pytest.raises(SystemExit):
        export("--help")
    assert "nothing protects" in " ".join(capsys.readouterr().out.split())

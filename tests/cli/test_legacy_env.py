"""``legacy-env`` where it cannot make an environment, and the stand-ins that it compiles."""

import ctypes
import subprocess
import sys

import pytest

from viz import cli
from viz.cli.legacy_environment import cuda_stubs, make
from viz.errors import EngineError
from viz.harness.compilers import compiler


def test_a_folder_with_something_in_it_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine").write_text("precious")
    assert cli.main(["legacy-env", str(tmp_path)]) == 2
    assert "there is something at" in capsys.readouterr().err
    assert (tmp_path / "mine").read_text() == "precious"


@pytest.mark.skipif(sys.platform != "linux", reason="there is no such wheel elsewhere")
def test_what_pip_says_is_passed_on_and_nothing_is_left(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    folder = tmp_path / "new"
    assert cli.main(["legacy-env", str(folder)]) == 1
    said = capsys.readouterr().err
    assert "note: making the environment" in said
    assert "error: pip failed: No matching distribution found for numpy" in said
    assert "Traceback" not in said
    assert not folder.exists()


def test_another_system_is_told_that_there_is_no_wheel(tmp_path, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(EngineError, match=r"no such TVM for .* riscv64"):
        make.make(tmp_path / "new", lambda step: None)


@pytest.mark.skipif(not compiler("c"), reason="there is no C compiler")
def test_a_stand_in_says_that_there_is_no_device(tmp_path):
    cuda_stubs.compile_into(tmp_path, cuda_stubs.LIBRARIES)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        row.name for row in cuda_stubs.LIBRARIES
    ]
    runtime = ctypes.CDLL(str(tmp_path / "libcudart.so.12"))
    runtime.cudaGetErrorString.restype = ctypes.c_char_p
    assert runtime.cudaGetDeviceCount() == cuda_stubs.NO_DEVICE
    assert b"no CUDA" in runtime.cudaGetErrorString(1)


def test_without_a_compiler_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(cuda_stubs, "compiler", lambda language: "")
    with pytest.raises(EngineError, match="C compiler is needed") as raised:
        cuda_stubs.compile_into(tmp_path, cuda_stubs.LIBRARIES)
    assert "gcc" in raised.value.hint


def test_a_compiler_that_fails_is_quoted(tmp_path, monkeypatch):
    failing = subprocess.CompletedProcess([], 1, "", "cc: no space left on device\n")
    monkeypatch.setattr(cuda_stubs, "compiler", lambda language: "cc")
    monkeypatch.setattr(subprocess, "run", lambda *given, **named: failing)
    with pytest.raises(EngineError, match="no space left"):
        cuda_stubs.compile_into(tmp_path, cuda_stubs.LIBRARIES)

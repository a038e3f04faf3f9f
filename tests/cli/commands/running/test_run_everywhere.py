"""``run --device all``: one table of every device and output."""

import numpy as np

from tests.support.programs.launch_mistakes import launch_mistakes
from viz.cli import main
from viz.emulator import library
from viz.model import catalog


def rows(capsys, *arguments):
    status = main(["run", *map(str, arguments), "--device", "all"])
    lines = capsys.readouterr().out.splitlines()
    return status, {line.split()[0]: line for line in lines[1:]}


def test_every_device_has_its_row_and_those_that_are_here_are_right(capsys):
    status, found = rows(capsys, "examples/softmax.py")
    assert status == 0
    assert list(found) == list(catalog.devices())
    for device in ("llvm", "python"):
        assert " O " in found[device]
        assert "✓" in found[device]
        assert " ms" in found[device] or " µs" in found[device]


def test_what_a_device_cannot_take_is_said_and_what_is_wrong_has_its_pattern(capsys, tmp_path):
    bound = next(each for each in launch_mistakes() if each.name == "barrier_in_branch")
    (tmp_path / "bound.py").write_text(bound.text)
    status, found = rows(capsys, tmp_path / "bound.py", "--checked")
    assert "GPU threads" in found["llvm"]
    if not library.missing():
        assert status == 1
        assert "✗" in found["cuda-emulated"]
    text = (
        "@T.prim_func\ndef f(A: T.Buffer((16, 16), 'float32'), B: T.Buffer((16, 16), 'float32')):\n"
        "    for i, j in T.grid(16, 16):\n        B[i, j] = A[j, i]\n"
        "def reference(A):\n    return A\n"
    )
    (tmp_path / "transposed.py").write_text(text)
    np.save(tmp_path / "a.npy", np.arange(256, dtype="float32").reshape(16, 16))
    array = f"A={tmp_path / 'a.npy'}"
    status, found = rows(capsys, tmp_path / "transposed.py", "--array", array)
    assert status == 1
    assert "transposed: axes 0 and 1" in found["llvm"]

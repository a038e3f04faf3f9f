"""A program of the notes and the checks of its installation, word for word, in that environment."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.legacy import needs_second_engine
from viz.service.client.engines import legacy_python

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (ROOT / "examples" / "add_one.py").read_text(encoding="utf-8")

BUILD = """
mod = tvm.build(ir_module, target="llvm")
a = tvm.nd.array(np.arange(8).astype("float32"))
b = tvm.nd.array(np.zeros((8,)).astype("float32"))
mod["main"](a, b)
print(b.numpy())
"""

CHECKS = """
import tvm
print(tvm.__file__)
print(tvm._ffi.base._LIB)
print(tvm.cuda().exist)
"""


@pytest.fixture
def python(tmp_path):
    """Run a file in the environment, without any variable that would help."""

    def run(text):
        file = tmp_path / "program.py"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [legacy_python(), str(file)],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@needs_second_engine
def test_the_notes_program_runs(python):
    assert "[1. 2. 3. 4. 5. 6. 7. 8.]" in python(PROGRAM + BUILD)


@needs_second_engine
def test_the_checks_of_the_installation(python):
    module, library, cuda = python(CHECKS).splitlines()
    assert module.endswith("/tvm/__init__.py")
    assert "libtvm.so" in library
    assert cuda in ("False", "True")

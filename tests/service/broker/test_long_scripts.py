"""Short runs of the long benchmarks."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "command",
    [
        ["load.py", "--sessions", "4", "--seconds", "3", "--every", "2", "--cold", "--untimed"],
        pytest.param(
            ["soak.py", "--requests", "24", "--shots", "1", "--cold", "--untimed"],
            marks=pytest.mark.thorough,
        ),
    ],
    ids=["load", "soak"],
)
def test_the_long_scripts(command):
    script, *arguments = command
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / script, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

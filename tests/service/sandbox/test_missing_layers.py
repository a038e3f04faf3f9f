"""Kernels without a layer of the jail: what runs there, what is refused, with which message."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs.thorough import usually

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="its filter is x86-64's"
)

CODE = """
import sys
from tests.support.attacks.missing_layers import deny
from tests.support.devices.forked_servers import forked_servers
from viz.cli import main
deny({layer!r})
with forked_servers():
    for arguments in {commands!r}:
        sys.stdout.flush()
        print("status", main(arguments), flush=True)
"""
RUN = ["run", "examples/add_one.py"]


def said(layer, *commands):
    """Return what each command printed, its exit status last."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(layer=layer, commands=commands)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=True,
    )
    return [part.strip() for part in done.stdout.split("status ")]


def test_without_landlock_a_program_runs_and_what_cannot_is_named():
    # Each part begins with the status of the command before it.
    ran, refused, emulated, unsafe, last = said(
        "landlock",
        RUN,
        [*RUN, "--device", "c"],
        [*RUN, "--device", "cuda-emulated"],
        [*RUN, "--device", "c", "--unsafe-run"],
    )
    assert "a reference is not run here: this system lacks files (Landlock)" in ran
    assert "pass: ran on LLVM" in ran
    for text in (refused, emulated):
        assert "error: C is not compiled here: this system lacks files (Landlock)" in text
        assert "--unsafe-run" in text
    assert (refused[0], emulated[0], unsafe[0], last) == ("0", "1", "1", "0")
    assert "compared with the NumPy reference" in unsafe


@pytest.mark.parametrize("layer", usually(["seccomp", "limits"], {"seccomp"}))
def test_without_seccomp_or_limits_a_program_is_shown_and_runs_on_its_owners_word(layer):
    shown, refused, doctor, unsafe, last = said(
        layer,
        ["ast", "examples/add_one.py", "--depth", "2"],
        RUN,
        ["doctor"],
        [*RUN, "--unsafe-run"],
    )
    assert "PrimFunc" in shown
    assert "error: programs are shown here but not run: this system lacks" in refused
    assert "--unsafe-run" in refused
    assert "Does not run here, for lack of" in doctor
    assert "--unsafe-run" in doctor
    assert "pass: ran on LLVM" in unsafe
    assert (refused[0], doctor[0], unsafe[0], last) == ("0", "1", "0", "0")

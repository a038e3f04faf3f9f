"""Build the wheel, install it into a fresh environment and use it from outside the checkout.

``python -m tools.try_wheel`` says what it does, a line a step, and ends with an error at the first
step that fails. The engine and all dependencies are installed from the package index.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60.0
"""How long the server may take until it answers."""

TRIALS = (
    (["source", "if_double.py", "--target", "c"], "int32_t"),
    (["source", "matmul.py", "--target", "cuda"], "__global__"),
    (["run", "softmax.py", "--device", "llvm"], "pass"),
    (["run", "softmax.py", "--device", "c"], "pass"),
    (["run", "matmul_gpu.py", "--device", "cuda-emulated", "--checked"], "pass"),
    (["report", "add_one.py", "--target", "c"], "<html"),
)
"""Commands on an example, and what each must print."""


def main() -> None:
    """Try the wheel."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build(folder)
        lacking = missing(wheel)
        if lacking:
            sys.exit(f"the wheel lacks {', '.join(lacking)}")
        tirscope = install(wheel, folder / "venv")
        elsewhere = folder / "elsewhere"
        elsewhere.mkdir()
        try_commands(tirscope, elsewhere)
        try_server(tirscope, elsewhere)


def build(folder: Path) -> Path:
    """Build the wheel of this checkout and return its path."""
    print("building the wheel", flush=True)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def missing(wheel: Path) -> list[str]:
    """Return the files of the checkout that are needed at run time and are not in the wheel."""
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = [path.relative_to(ROOT) for path in (ROOT / "viz").rglob("*") if path.is_file()]
    outside = [ROOT / "app.py", ROOT / ".streamlit/config.toml", *(ROOT / "examples").rglob("*.py")]
    wanted += [Path("viz/data") / path.relative_to(ROOT) for path in outside]
    return [
        path.as_posix()
        for path in sorted(wanted)
        if "__pycache__" not in path.parts and path.as_posix() not in names
    ]


def install(wheel: Path, environment: Path) -> Path:
    """Install the wheel and the engine into a new environment; return the path of ``tirscope``."""
    print("installing it into a fresh environment", flush=True)
    venv.create(environment, with_pip=True)
    programs = environment / ("Scripts" if sys.platform == "win32" else "bin")
    command = [str(programs / "python"), "-m", "pip", "install", "--quiet"]
    command += ["--disable-pip-version-check", "--no-compile", f"{wheel}[tvm]"]
    subprocess.run(command, check=True)
    return programs / "tirscope"


def try_commands(tirscope: Path, elsewhere: Path) -> None:
    """Run each command of :data:`TRIALS` on the installed examples."""
    code = "from viz.shipped import shipped; print(shipped('examples'))"
    folder = _run([str(tirscope.with_name("python")), "-c", code], elsewhere)
    examples = Path(folder.strip())
    if ROOT in examples.parents:
        sys.exit(f"the installed package takes its examples from the checkout: {examples}")
    for (verb, example, *options), expected in TRIALS:
        print("tirscope", verb, example, *options, flush=True)
        output = _run([str(tirscope), verb, str(examples / example), *options], elsewhere)
        if expected not in output:
            sys.exit(f"{expected!r} is missing from:\n{output}")


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=_environment(), text=True, stdout=subprocess.PIPE, check=False
    )
    if done.returncode:
        sys.exit(f"exit status {done.returncode} of {' '.join(command)}\n{done.stdout}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Return the variables without those that would lead Python back to the checkout."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "VIRTUAL_ENV")
    }


def try_server(tirscope: Path, elsewhere: Path) -> None:
    """Start ``tirscope serve``, wait until it is healthy, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    print("tirscope serve", flush=True)
    command = [str(tirscope), "serve", "--port", str(port), "--address", "127.0.0.1"]
    process = subprocess.Popen(command, cwd=elsewhere, env=_environment())
    try:
        end = time.monotonic() + SECONDS
        while not _healthy(port):
            if process.poll() is not None or time.monotonic() > end:
                sys.exit("the server does not answer /healthz with 200")
            time.sleep(0.2)
    finally:
        process.terminate()
        process.wait(30)
    print("it answers /healthz with 200", flush=True)


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    main()

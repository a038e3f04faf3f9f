"""Make an environment whose ``tvm`` is of 2024, from the wheel of a package that bundles one.

PyPI has no TVM of that year by itself. ``bitblas`` brings one, 0.17 with LLVM and CUDA 12, in a
folder of its wheel; that folder alone is unpacked. The environment needs no variables: the library
looks for CUDA's beside itself.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from viz.cli.legacy_environment import cuda_stubs
from viz.errors import EngineError, RequestError
from viz.messages import Message, message_of

BUNDLE = "bitblas==0.1.0.post1"
"""The package whose wheel has a TVM of 2024."""

INSIDE = "bitblas/3rdparty/tvm/"
"""The folder of the wheel where that TVM stands."""

PACKAGES = (
    *("numpy>=2.0,<3", "ml-dtypes>=0.5,<1", "msgspec>=0.20,<1"),
    *("tree-sitter>=0.24,<1", "tree-sitter-cuda>=0.21,<0.22"),
    *("attrs", "decorator", "psutil", "typing-extensions"),
)
"""What TIRscope's process needs in that environment, then what TVM imports. The parser is for runs
on the emulator alone."""

DISTUTILS_UNTIL = (3, 12)
"""From this version of Python on ``distutils``, which that TVM imports, comes with setuptools."""

OF_NVIDIA = ("nvidia-cuda-runtime-cu12", "nvidia-cuda-nvrtc-cu12")
"""CUDA's own libraries, installed where there is a driver for a GPU."""

RUNPATH = b"/usr/local/cuda/lib64:/usr/local/cuda/targets/x86_64-linux/lib/stubs:\0"
"""Where the library of that wheel looks for CUDA's, as it stands in the file."""

OWN_RUNPATH = b"/usr/local/cuda/lib64:$ORIGIN/cuda\0"
"""Where it is to look: in a folder beside itself, too."""

CHECK = "import tvm; print(tvm.__version__, tvm.cuda().exist)"
"""What the finished environment must run."""

Tell = Callable[[Message], None]
"""Called with each step as it begins."""


def make(folder: Path, tell: Tell) -> str:
    """Make the environment and return the version of its TVM.

    Parameters
    ----------
    folder
        Where; it must not exist yet, or be empty. What was made is removed when something fails.

    Raises
    ------
    RequestError
        When there is something at that place.
    EngineError
        When this system is none for which there is such a TVM, or a step fails.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RequestError(message_of("legacy-env-exists", folder=str(folder)))
    if sys.platform != "linux" or platform.machine() != "x86_64":
        system = f"{platform.system()} {platform.machine()}"
        raise EngineError(message_of("legacy-env-system", system=system))
    folder = folder.absolute()
    try:
        return _make(folder, tell)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _make(folder: Path, tell: Tell) -> str:
    python = folder / "bin" / "python"
    tell(message_of("legacy-env-packages"))
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], "legacy-env-no-venv")
    packages = [*PACKAGES]
    if sys.version_info >= DISTUTILS_UNTIL:
        packages.append("setuptools<81")
    has_driver = cuda_stubs.is_there(cuda_stubs.LIBRARIES[0])
    if has_driver:
        packages += OF_NVIDIA
    _pip("--python", str(python), "install", *packages)
    site = next((folder / "lib").glob("python*/site-packages"))
    tell(message_of("legacy-env-download", package=BUNDLE))
    with tempfile.TemporaryDirectory(prefix="tirscope-") as name:
        _pip("download", "--no-deps", "--dest", name, BUNDLE)
        wheel = next(Path(name).glob("*.whl"))
        tell(message_of("legacy-env-unpack"))
        _unpack(wheel, site)
    libraries = site / "tvm" / "cuda"
    libraries.mkdir()
    if has_driver:
        _link_libraries(site, libraries)
    wanted = [row for row in cuda_stubs.missing() if not (libraries / row.name).exists()]
    if wanted:
        tell(message_of("legacy-env-stubs", names=tuple(row.name for row in wanted)))
        cuda_stubs.compile_into(libraries, wanted)
    tell(message_of("legacy-env-check"))
    return _run([str(python), "-c", CHECK], "legacy-env-broken").split()[0]


def _unpack(wheel: Path, site: Path) -> None:
    """Unpack TVM's Python package, its library and its licence; nothing else of the wheel."""
    package = site / "tvm"
    with zipfile.ZipFile(wheel) as opened:
        for name in opened.namelist():
            inside = name.removeprefix(INSIDE)
            if inside.startswith("python/tvm/") and ".." not in inside:
                target = package / inside.removeprefix("python/tvm/")
            elif inside in ("build/libtvm.so", "LICENSE"):
                target = package / inside.rpartition("/")[2]
            else:
                continue
            if not name.endswith("/"):
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(name) as source, target.open("wb") as copy:
                    shutil.copyfileobj(source, copy)
    library = package / "libtvm.so"
    content = library.read_bytes() if library.exists() else b""
    if content.count(RUNPATH) != 1:
        raise EngineError(message_of("legacy-env-other-wheel", package=BUNDLE))
    with library.open("r+b") as opened_library:
        opened_library.seek(content.index(RUNPATH))
        opened_library.write(OWN_RUNPATH.ljust(len(RUNPATH), b"\0"))


def _link_libraries(site: Path, folder: Path) -> None:
    """Link NVIDIA's libraries into the folder where TVM's looks for them."""
    for path in (site / "nvidia").glob("*/lib/lib*.so*"):
        (folder / path.name).symlink_to(Path("..", "..", path.relative_to(site)))


def _pip(*arguments: str) -> None:
    """Run pip.

    Raises
    ------
    EngineError
        When this Python has no pip, or it fails.
    """
    options = ("--disable-pip-version-check", "--quiet", "--no-input")
    python = arguments[:2] if arguments[0] == "--python" else ()
    rest = arguments[len(python) :]
    command = [sys.executable, "-m", "pip", *python, rest[0], *options, *rest[1:]]
    _run(command, "legacy-env-pip")


def _run(command: list[str], id_: str) -> str:
    """Run a program and return what it prints.

    Raises
    ------
    EngineError
        With the message of that id, and the program's last word, when it fails.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        lines = errors or done.stderr.strip().splitlines() or done.stdout.strip().splitlines()
        raise EngineError(message_of(id_, said=(lines or ["?"])[-1].removeprefix("ERROR: ")[:500]))
    return done.stdout

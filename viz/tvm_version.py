"""Check the version of the installed ``tvm`` by its files, before anything imports it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from pathlib import Path
from typing import Literal

from viz.errors import EngineError
from viz.messages import message_of

TESTED = "0.27.0.post1"
"""The version that the extra ``tvm`` of pyproject.toml pins."""

PACKAGES = ("apache-tvm", "mlc-ai-nightly-cu122", "mlc-ai-nightly-cu123", "mlc-ai-nightly", "tvm")
"""Distributions that bring a module named ``tvm``."""


VERSION_FILES = ("_ffi/libinfo.py", "libinfo.py", "version.py")
"""Where in the package a version stands, over the years; read as text, since importing may fail."""


def generation() -> Literal["", "older", "today"]:
    """Return of which generation the installed ``tvm`` is; empty where there is none.

    In the older one TensorIR is ``tvm.tir``, in today's ``tvm.tirx``.
    """
    folder = _folder()
    if folder is None:
        return ""
    return "today" if (folder / "tirx").is_dir() else "older"


def require() -> None:
    """Make sure that a TVM of today's generation is installed, without importing it.

    Raises
    ------
    EngineError
        When there is none, or it is of the generation before TensorIR moved to ``tvm.tirx``.
    """
    folder = _folder()
    if folder is None:
        raise EngineError(message_of("no-tvm"))
    if generation() == "older":
        raise EngineError(message_of("old-tvm", version=described(), tested=TESTED))


def installed() -> str:
    """Return the name and version of the distribution that brings ``tvm``, or an empty string."""
    folder = _folder()
    for package in PACKAGES:
        try:
            distribution = importlib.metadata.distribution(package)
        except importlib.metadata.PackageNotFoundError:
            continue
        # Another tvm may stand before this one on the path.
        if folder is None or Path(str(distribution.locate_file("tvm"))) == folder:
            return f"{package} {distribution.version}"
    return ""


def described() -> str:
    """Return the installed ``tvm`` by its distribution, or by what it writes in itself."""
    folder = _folder()
    return installed() or (written(folder) if folder else "") or "tvm of an unknown version"


def written(folder: Path) -> str:
    """Return the version that a ``tvm`` without a distribution writes in itself, or nothing."""
    for name in VERSION_FILES:
        try:
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if assignment := re.search(r"""^__version__\s*=\s*["']([^"']+)""", text, re.MULTILINE):
            return f"tvm {assignment[1]} at {folder}"
    return ""


def _folder() -> Path | None:
    """Return where ``import tvm`` would take it from; an older one may not even import here."""
    spec = importlib.util.find_spec("tvm")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent

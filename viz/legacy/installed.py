"""Find out which TVM this process has, and refuse one that this engine cannot use."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import tvm

from viz import tvm_version
from viz.errors import EngineError
from viz.messages import message_of

TESTED = "0.17"
"""The release that the tests use."""

NEEDED = ("tvm.tir", "tvm.script.parser", "tvm.script.ir_builder", "tvm.dlight")
"""Modules that this engine is built on; TVM has had all of them since 2023."""


def version() -> str:
    """Return TVM's own version, such as ``0.17.dev0``."""
    return str(tvm.__version__)


def release() -> str:
    """Return the release that the version belongs to, such as ``0.17``."""
    return ".".join(version().split(".")[:2])


def package() -> str:
    """Return the distribution that brings ``tvm`` with its version, or an empty string."""
    return tvm_version.installed()


def module() -> str:
    """Return the path of TVM's module."""
    return str(tvm.__file__)


def library() -> str:
    """Return the path of the library that TVM has loaded."""
    base = getattr(getattr(tvm, "_ffi", None), "base", None)
    return str(getattr(getattr(base, "_LIB", None), "_name", ""))


@cache
def require() -> None:
    """Make sure that this TVM is of the generation of 2024 and has what the engine needs.

    Raises
    ------
    EngineError
        When it has not.
    """
    folder = Path(module()).parent
    lacking = [name for name in NEEDED if not _has(folder, name)]
    if (folder / "tirx").is_dir() or lacking:
        raise EngineError(
            message_of("legacy-other-tvm", version=version(), path=str(folder), tested=TESTED)
        )


def _has(folder: Path, name: str) -> bool:
    return folder.joinpath(*name.split(".")[1:]).is_dir()

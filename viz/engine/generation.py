"""Is the installed ``tvm`` one we can use? Asked before anything else of the engine loads."""

from __future__ import annotations

import importlib.metadata
import importlib.util

from viz.errors import EngineError

TESTED = "0.27.0.post1"
"""The version that requirements.txt pins."""

PACKAGES = ("apache-tvm", "mlc-ai-nightly-cu122", "mlc-ai-nightly-cu123", "mlc-ai-nightly", "tvm")
"""Distributions that bring a module named ``tvm``."""


def require() -> None:
    """Make sure that a TVM of today's generation is installed.

    Raises
    ------
    EngineError
        When there is none, or it is of the generation before TensorIR moved to ``tvm.tirx``.
    """
    hint = "pip install -r requirements.txt installs the right one."
    if importlib.util.find_spec("tvm") is None:
        raise EngineError("TVM is not installed", hint=hint)
    if importlib.util.find_spec("tvm.tirx") is None:
        found = installed() or "of an unknown version"
        raise EngineError(
            f"the installed TVM ({found}) is of an older generation; TIRscope reads {TESTED}",
            hint=hint,
        )


def installed() -> str:
    """Return the name and version of the distribution that brings ``tvm``, or an empty string."""
    for package in PACKAGES:
        try:
            return f"{package} {importlib.metadata.version(package)}"
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""
